#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ack_collector.hpp"
#include "actors/ack_listener.hpp"
#include "actors/address.hpp"
#include "actors/api/payload.hpp"

namespace pushmesh::actors {

class local_sockets;
class node_core;
class shard;
class shard_batch;

/// Brings emits and commands to the shards of this node that may have a receiver: at once on the
/// caller's own shard, as one job in the queue of each other. The same caller always takes the
/// same way to a shard, which keeps its order. Any thread.
///
/// What comes from another node is gathered in a `batch` first.
class local_router {
 public:
  using shared_address = std::shared_ptr<const address>;

  explicit local_router(node_core& core) : core_(core) {}

  /// `offset` is one of node_core::next_offset(), for what clients may want again; else 0.
  void emit(const address& to, std::string_view event, const payload& args, std::uint64_t offset);
  void emit(const shared_address& to, std::string_view event, const payload& args,
            std::uint64_t offset, shard_batch& batch);
  /// The same for what only one shard gets, without a copy: `event` and `args` (JSON) must last
  /// until the batch's token is released. False: several shards are concerned, nothing was done.
  bool emit_to_one_shard(const shared_address& to, std::string_view event, std::string_view args,
                         shard_batch& batch);
  /// Each shard concerned adds one part to `into`, which is told to expect it. `id` is one of
  /// router::next_request_id().
  void emit_with_ack(const shared_address& to, std::string_view event, const payload& args,
                     std::uint64_t id, const ack_terms& terms,
                     const std::shared_ptr<ack_collector>& into, shard_batch* batch = nullptr);
  /// The same for who wants to hear of each answer when it comes; see local_sockets.
  void emit_with_acks(const address& to, std::string_view event, const payload& args,
                      std::uint64_t id, std::chrono::milliseconds timeout,
                      const std::shared_ptr<ack_listener>& listener);
  /// Completes that emit with the answers there are.
  void finish(std::uint64_t id);
  void join(const shared_address& to, std::vector<std::string> rooms, shard_batch* batch = nullptr);
  void leave(const shared_address& to, std::vector<std::string> rooms,
             shard_batch* batch = nullptr);
  void disconnect(const shared_address& to, bool close, shard_batch* batch = nullptr);
  void fetch(const shared_address& to, const std::shared_ptr<fetch_collector>& into,
             shard_batch* batch = nullptr);
  /// Runs what the namespace registered for this event between nodes, on the first shard. Adds one
  /// part to `into`, if there is one.
  void server_event(std::string_view nsp, std::string_view event, const payload& args,
                    std::string_view from, const std::shared_ptr<server_reply_collector>& into);
  void lookup(const socket_id& id, const std::shared_ptr<lookup_collector>& into);

  /// The caller's own shard; the first one on other threads.
  shard& home_of_caller() const;

 private:
  using order = std::function<void(local_sockets&)>;
  std::vector<shard*> concerned(const address& to) const;
  std::size_t on_each(const std::vector<shard*>& shards, const order& apply, shard_batch* batch);

  node_core& core_;
};

}  // namespace pushmesh::actors
