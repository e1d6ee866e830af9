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
#include "actors/local_router.hpp"

namespace pushmesh::actors {

class cluster_port;
class node_core;

/// Brings emits and commands to all sockets they address: those of this node through its
/// local_router, those of other nodes through the cluster_port, if there is one. Any thread; what
/// one thread orders reaches each socket in that order.
class router {
 public:
  explicit router(node_core& core) : core_(core), here_(core) {}

  emit_result emit(const address& to, std::string_view event, const payload& args);
  void emit_with_ack(const address& to, std::string_view event, const payload& args,
                     const ack_terms& terms, ack_callback done);
  emit_result join(const address& to, const std::vector<std::string>& rooms);
  emit_result leave(const address& to, const std::vector<std::string>& rooms);
  emit_result disconnect(const address& to, bool close);
  void fetch(const address& to, std::chrono::milliseconds timeout,
             std::function<void(fetch_result)> done);
  /// An event for the other nodes, not this one.
  emit_result server_emit(std::string_view nsp, std::string_view event, const payload& args);
  void server_emit_with_ack(std::string_view nsp, std::string_view event, const payload& args,
                            std::chrono::milliseconds timeout,
                            std::function<void(server_reply_result)> done);
  void lookup(const socket_id& id, std::chrono::milliseconds timeout,
              std::function<void(lookup_result)> done);

  local_router& here() noexcept { return here_; }
  /// Names a request among those of this node; also the ack id that clients see.
  std::uint64_t next_request_id();
  /// Where those begin: a client that changes nodes must not be asked under one number by both.
  void number_requests_from(std::uint64_t first) noexcept { requests_ = first; }

  /// The way to the other nodes; null where only this one is meant, or there is no other.
  cluster_port* beyond(const address& to) const;

 private:
  node_core& core_;
  local_router here_;
  std::atomic<std::uint64_t> requests_{0};
};

}  // namespace pushmesh::actors
