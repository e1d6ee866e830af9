#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/address.hpp"
#include "actors/api/payload.hpp"
#include "actors/api/target.hpp"

namespace pushmesh::actors {

class local_sockets;
class node_core;
class shard;

/// Brings emits and commands to the shards that may have a receiver: at once on the caller's own
/// shard, as one job in the queue of each other. The same caller always takes the same way to a
/// shard, which keeps its order. Any thread.
class router {
 public:
  explicit router(node_core& core) : core_(core) {}

  void emit(const address& to, std::string_view event, const payload& args);
  void emit_with_ack(const address& to, std::string_view event, const payload& args,
                     std::chrono::milliseconds timeout, ack_callback done);
  void join(const address& to, const std::vector<std::string>& rooms);
  void leave(const address& to, const std::vector<std::string>& rooms);
  void disconnect(const address& to, bool close);
  void fetch(const address& to, std::function<void(std::vector<socket_info>)> done);
  /// An ack id that this thread may give out: each shard, and all other threads together, have a
  /// range of their own.
  std::uint64_t next_ack_id();

 private:
  /// Shards that may hold somebody addressed.
  std::vector<shard*> concerned(const address& to) const;
  template <class F>
  std::size_t on_each(const std::vector<shard*>& shards, F apply);
  shard* home_of_caller() const;

  node_core& core_;
  std::atomic<std::uint64_t> ack_counter_{0};
};

}  // namespace pushmesh::actors
