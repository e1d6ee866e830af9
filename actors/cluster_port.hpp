#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/ack_collector.hpp"
#include "actors/address.hpp"
#include "actors/api/payload.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/api/ids.hpp"
#include "net/transport/relay/session_home.hpp"

namespace pushmesh::actors {

class feed_port;
class session_home;
class shard;

/// How the actors of a node reach those of other nodes. A node that runs alone has none. Made
/// before the shards start and kept as long as the node_core, so that late handles find it: once
/// the links are gone it knows of no other node. All members may be called from any thread; what
/// they order from one thread to one node is applied there in that order.
class cluster_port {
 public:
  virtual ~cluster_port() = default;

  /// The orders of target, for the sockets of other nodes. They answer with the names of the nodes
  /// that did not take it, because too much waits for them already.
  /// `offset` names an event that clients may want again, on whichever node; else 0.
  virtual emit_result emit(const address& to, std::string_view event, const payload& args,
                           std::uint64_t offset) = 0;
  virtual emit_result join(const address& to, const std::vector<std::string>& rooms) = 0;
  virtual emit_result leave(const address& to, const std::vector<std::string>& rooms) = 0;
  virtual emit_result disconnect(const address& to, bool close) = 0;

  /// Asks the sockets of other nodes, too: `into` is told to expect a part of each node asked. The
  /// id names the request until it is complete.
  virtual void emit_with_ack(const address& to, std::string_view event, const payload& args,
                             std::uint64_t id, const ack_terms& terms,
                             const std::shared_ptr<ack_collector>& into) = 0;
  /// Wants the answers of that request now.
  virtual void finish(std::uint64_t id) = 0;
  virtual void fetch(const address& to, std::uint64_t id, std::chrono::milliseconds timeout,
                     const std::shared_ptr<fetch_collector>& into) = 0;
  /// An event for the nodes themselves. With `into` each of them is asked for an answer.
  virtual emit_result server_emit(std::string_view nsp, std::string_view event, const payload& args,
                                  std::uint64_t id, std::chrono::milliseconds timeout,
                                  const std::shared_ptr<server_reply_collector>& into) = 0;
  /// Looks for a socket where its id was made, by the tag in it, or on all other nodes.
  enum class lookup_scope { where_made, everywhere };
  virtual void lookup(lookup_scope where, const socket_id& id, std::uint64_t request,
                      std::chrono::milliseconds timeout,
                      const std::shared_ptr<lookup_collector>& into) = 0;
  /// A node has this tag now.
  virtual bool knows(std::string_view tag) const = 0;
  /// Which nodes are fed with what is published through Redis.
  virtual feed_port& feeds() noexcept = 0;

  /// The node that an Engine.IO session id names; no link when none is up that has its tag.
  virtual net::session_home home_of_session(const socket_id& id) = 0;

  /// A shard got its first (lost its last) socket in a room, or in a namespace (no room).
  virtual void interest_added(std::string_view nsp, std::optional<std::string_view> room) = 0;
  virtual void interest_removed(std::string_view nsp, std::optional<std::string_view> room) = 0;
  /// Runs `done` once every node that is up knows that this node has the room (no room: sockets in
  /// the namespace): then nobody who emits to it, on whatever node, is routed past it. At once
  /// where that is so already; else on any thread.
  virtual void when_known(std::string_view nsp, std::optional<std::string_view> room,
                          std::function<void()> done) = 0;

  /// Where, on other nodes, a client's session may be that came to a shard of this one; null: on
  /// none of them.
  virtual std::shared_ptr<session_home> recovery_home(const socket_id& pid, std::string_view nsp,
                                                      shard& here) = 0;
};

}  // namespace pushmesh::actors
