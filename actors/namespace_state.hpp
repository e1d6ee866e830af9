#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/api/nsp.hpp"
#include "actors/room_table.hpp"

namespace pushmesh::actors {

class node_core;

/// What the application registered for a namespace, or for all namespaces of one pattern. Written
/// before the server starts, read by all shards afterwards.
struct handler_table {
  std::unordered_map<std::string, event_handler, string_hash, std::equal_to<>> events;
  event_handler any;
  std::vector<connection_callback> connection;
  std::vector<disconnect_callback> disconnecting;
  std::vector<disconnect_callback> disconnect;
  std::vector<middleware> middlewares;
  /// Events between nodes (server_side_emit).
  std::unordered_map<std::string, server_side_handler, string_hash, std::equal_to<>> server_side;
  overflow_policy policy = overflow_policy::inherit;
  std::unordered_map<std::string, overflow_policy, string_hash, std::equal_to<>> event_policies;

  overflow_policy policy_of(std::string_view event) const noexcept {
    const auto found = event_policies.find(event);
    return found == event_policies.end() ? policy : found->second;
  }
};

/// One concrete namespace of the node. Those of a pattern are made at the first CONNECT and go
/// with their last socket.
class namespace_state {
 public:
  namespace_state(node_core& core, std::string name, std::shared_ptr<handler_table> handlers)
      : core_(core), name_(std::move(name)), handlers_(std::move(handlers)), facade_(*this) {}
  node_core& core() const noexcept { return core_; }
  const std::string& name() const noexcept { return name_; }
  handler_table& handlers() const noexcept { return *handlers_; }
  const std::shared_ptr<handler_table>& shared_handlers() const noexcept { return handlers_; }
  nsp& facade() noexcept { return facade_; }
  /// Sockets on this node, all shards.
  std::atomic<std::int64_t>& sockets() noexcept { return sockets_; }

 private:
  node_core& core_;
  std::string name_;
  std::shared_ptr<handler_table> handlers_;
  nsp facade_;
  std::atomic<std::int64_t> sockets_{0};
};

/// All namespaces of a node: the declared ones, the patterns, and the living children of those.
class namespace_registry {
 public:
  explicit namespace_registry(node_core& core) : core_(core) {}
  namespace_state& declare(std::string_view name);
  namespace_state& declare_pattern(std::function<bool(std::string_view)> accepts,
                                   std::string_view label);
  /// The namespace a client asks for; made when a pattern accepts it, nullptr when none does.
  std::shared_ptr<namespace_state> find_or_make(std::string_view name);
  /// A namespace that exists now; nullptr when none has this name.
  std::shared_ptr<namespace_state> find(std::string_view name);
  /// Frees every handler: what they captured may refer to the node. After the shards stopped.
  void forget_handlers();

 private:
  struct pattern {
    std::function<bool(std::string_view)> accepts;
    std::unique_ptr<namespace_state> state;
  };
  std::shared_ptr<namespace_state> find_living(std::string_view name);

  node_core& core_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<namespace_state>, string_hash, std::equal_to<>>
      declared_;
  std::vector<pattern> patterns_;
  std::unordered_map<std::string, std::weak_ptr<namespace_state>, string_hash, std::equal_to<>>
      children_;
  std::size_t sweep_at_ = 64;
};

}  // namespace pushmesh::actors
