#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/ids.hpp"
#include "actors/api/json_writer.hpp"

namespace pushmesh {

namespace actors {
class node_core;
struct address;
}  // namespace actors

/// What fetch_sockets() tells of one socket.
struct socket_info {
  socket_id id;
  std::string nsp;
  std::string user;
  std::string address;             ///< client's IP address
  std::vector<std::string> rooms;  ///< its own id included
};

/// Whom an emit addresses: the union of the rooms named by to() (everybody in the namespace when
/// to() was never called), each socket once, less the members of the rooms named by except().
/// A socket id is the room of that socket. A value: build it, use it, keep it; usable from any
/// thread.
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
  void emit(std::string_view event, const Args&... args) const {
    emit_json(event, payload_of(args...));
  }
  /// The same with arguments that are JSON already, joined by commas.
  void emit_json(std::string_view event, payload args) const;

  /// Sends an event that every receiver is asked to acknowledge.
  template <class... Args>
  pending_emit emit_with_ack(std::string_view event, const Args&... args) const {
    return emit_json_with_ack(event, payload_of(args...));
  }
  pending_emit emit_json_with_ack(std::string_view event, payload args) const;

  /// The sockets addressed, in no order. `done` runs on the shard that answered last: at once when
  /// that is the caller's own.
  void fetch_sockets(std::function<void(std::vector<socket_info>)> done) const;
  void sockets_join(const std::vector<std::string>& rooms) const;
  void sockets_leave(const std::vector<std::string>& rooms) const;
  /// Disconnects them from the namespace; with `close` their connections, too.
  void disconnect_sockets(bool close = false) const;

 private:
  std::shared_ptr<actors::node_core> core_;
  std::unique_ptr<actors::address> to_;
};

}  // namespace pushmesh
