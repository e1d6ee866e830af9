#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/api/ids.hpp"
#include "actors/api/json_writer.hpp"

namespace pushmesh {

namespace actors {
class node_core;
struct address;
}  // namespace actors

/// Whom an emit addresses: the union of the rooms named by to() (everybody in the namespace when
/// to() was never called), each socket once, less the members of the rooms named by except().
/// A socket id is the room of that socket. Sockets of all nodes are addressed. A value: build it,
/// use it, keep it; usable from any thread.
class target {
 public:
  target(std::shared_ptr<actors::node_core> core, actors::address to);
  target(const target&);
  target(target&&) noexcept;
  target& operator=(target) noexcept;
  ~target();

  /// Adds a room. to() and in() are the same.
  target to(std::string_view room) const;
  target in(std::string_view room) const { return to(room); }
  /// Adds rooms. An empty list addresses nobody: it never turns into a broadcast.
  target to(const std::vector<std::string>& rooms) const;
  target except(std::string_view room) const;
  target except(const std::vector<std::string>& rooms) const;
  target to(const socket_id& id) const { return to(id.view()); }
  target except(const socket_id& id) const { return except(id.view()); }
  /// Receivers that are not writable right now miss the message.
  target volatile_() const;
  /// Only sockets of this node.
  target local() const;

  /// Sends an event. Arguments become JSON (see json_writer.hpp). Throws std::invalid_argument for
  /// reserved names: connect, connect_error, disconnect, disconnecting, newListener,
  /// removeListener.
  template <class... Args>
  emit_result emit(std::string_view event, const Args&... args) const {
    return emit_json(event, payload_of(args...));
  }
  /// The same with arguments that are JSON already, joined by commas.
  emit_result emit_json(std::string_view event, payload args) const;

  /// Sends an event that every receiver is asked to acknowledge.
  template <class... Args>
  pending_emit emit_with_ack(std::string_view event, const Args&... args) const {
    return emit_json_with_ack(event, payload_of(args...));
  }
  pending_emit emit_json_with_ack(std::string_view event, payload args) const;

  /// The sockets addressed. `done` runs once, on a shard's thread: the caller's own, else any.
  /// Nodes that do not answer within `timeout` are listed as missing.
  void fetch_sockets(std::function<void(fetch_result)> done,
                     std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;
  emit_result sockets_join(const std::vector<std::string>& rooms) const;
  emit_result sockets_leave(const std::vector<std::string>& rooms) const;
  /// Disconnects them from the namespace; with `close` their connections, too.
  emit_result disconnect_sockets(bool close = false) const;

 private:
  std::shared_ptr<actors::node_core> core_;
  std::unique_ptr<actors::address> to_;
};

}  // namespace pushmesh
