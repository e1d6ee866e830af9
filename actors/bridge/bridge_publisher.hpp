#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "actors/bridge/emit_publisher.hpp"

namespace pushmesh::net::redis {
class subscription;
}

namespace pushmesh::actors {

class node_core;
class shard;

/// Publishes the emits of this node for the official servers on the same Redis and key: option
/// bridge.publish_emits. Its messages carry a uid that all nodes of the cluster ignore. A node
/// whose Redis is gone, or that has none, has the node that feeds it publish. What cannot be
/// published at once is dropped and counted. Owned by the node_core.
class bridge_publisher final : public emit_publisher {
 public:
  /// What may wait for the bridge's shard, in bytes.
  static constexpr std::size_t max_waiting = 16 * 1024 * 1024;

  /// `own_emits`: not only those that another node has this one publish.
  bridge_publisher(node_core& core, std::string key, std::string uid, bool own_emits);

  void publish(const address& to, std::string_view event, const payload& args) override;
  /// On the bridge's shard: where to publish; null: nowhere.
  void use(shard& home, net::redis::subscription* redis);
  /// On the bridge's shard: publishes for another node.
  void publish_here(const address& to, std::string_view event, const payload& args);

  /// How messages begin that a node of this cluster published.
  const std::string& head() const noexcept { return head_; }

  // Any thread.
  std::int64_t published() const noexcept { return published_; }  ///< taken by Redis
  std::int64_t forwarded() const noexcept { return forwarded_; }  ///< to the node that feeds us
  std::int64_t dropped() const noexcept { return dropped_; }

 private:
  struct message {
    std::string channel;
    std::string bytes;
    std::shared_ptr<void> waiting;
  };
  message encode(const address& to, std::string_view event, const payload& args) const;
  bool all_are_ours(const address& to) const;
  void send(message m);

  node_core& core_;
  std::string key_;
  std::string uid_;
  std::string head_;
  bool own_emits_;
  std::atomic<shard*> home_{nullptr};          // null: no Redis now
  net::redis::subscription* redis_ = nullptr;  // on that shard only
  std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>();
  std::atomic<std::int64_t> published_{0};
  std::atomic<std::int64_t> forwarded_{0};
  std::atomic<std::int64_t> dropped_{0};
};

}  // namespace pushmesh::actors
