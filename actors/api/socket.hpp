#pragma once

#include <any>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/event.hpp"
#include "actors/api/ids.hpp"
#include "actors/api/target.hpp"
#include "net/protocol/close_reason.hpp"
#include "net/transport/handshake.hpp"

namespace pushmesh {

class socket;
class nsp;

/// Handles one event of one socket, on the socket's shard.
using event_handler = std::function<void(socket&, event&)>;

/// A socket by its id, without keeping it alive: what closures hold. Usable from any thread.
class socket_ref {
 public:
  socket_ref() = default;
  const socket_id& id() const noexcept { return id_; }
  /// Runs `fn` on the socket's shard if it is still connected then; else `fn` is dropped.
  void post(std::function<void(socket&)> fn) const;

 private:
  friend class socket;
  socket_ref(const socket_id& id, std::weak_ptr<actors::node_core> core)
      : id_(id), core_(std::move(core)) {}
  socket_id id_;
  std::weak_ptr<actors::node_core> core_;
};

/// One namespace joined over one connection. A reference is valid during the handler that got
/// it, on that thread; keep ref() for later. After disconnect() its calls have no effect.
class socket {
 public:
  explicit socket(actors::membership& m) noexcept : m_(m) {}
  socket(const socket&) = delete;
  socket& operator=(const socket&) = delete;

  const socket_id& id() const noexcept;
  /// The id as the client knows it, which is a room too. Differs from id() only for clients of
  /// protocol 4 (EIO3) in other namespaces than "/": `/nsp#<id of its connection>`.
  std::string client_id() const;
  /// Name of the namespace, with its slash.
  std::string_view nsp_name() const noexcept;
  /// The namespace on this node: sockets, emits to all of it.
  nsp& of() const noexcept;
  /// False once it left, by either side.
  bool connected() const noexcept;
  /// True when it came back under its old id after its connection was lost, with its rooms, data
  /// and user; what it missed was sent (actor_options::recovery).
  bool recovered() const noexcept;
  /// Request that opened the connection.
  const net::handshake& handshake() const noexcept;
  /// Auth payload of the CONNECT packet, raw JSON; `{}` when there was none.
  std::string_view auth() const noexcept;
  /// Engine.IO version of the client, 3 or 4.
  int protocol() const noexcept;
  /// `polling` or `websocket`, now.
  std::string_view transport() const noexcept;
  socket_ref ref() const;

  /// Anything the application wants to keep with the socket; freed when it leaves.
  std::any& data();
  /// Name of the user behind the socket, as reported in ack results and fetch_sockets().
  void set_user(std::string user);
  std::string_view user() const noexcept;

  template <class... Args>
  void emit(std::string_view event, const Args&... args) {
    emit_json(event, payload_of(args...));
  }
  void emit_json(std::string_view event, payload args);
  /// Dropped when the transport is not writable now.
  template <class... Args>
  void volatile_emit(std::string_view event, const Args&... args) {
    volatile_emit_json(event, payload_of(args...));
  }
  void volatile_emit_json(std::string_view event, payload args);
  template <class... Args>
  pending_emit emit_with_ack(std::string_view event, const Args&... args) {
    return emit_json_with_ack(event, payload_of(args...));
  }
  pending_emit emit_json_with_ack(std::string_view event, payload args);

  void join(std::string_view room);
  /// The same; `done` runs on the socket's shard once every node that is up knows that this node
  /// has the room: from then on nobody's emit to it is routed past this socket. At once when this
  /// node runs alone.
  void join(std::string_view room, std::function<void()> done);
  void leave(std::string_view room);
  /// Rooms it is in, its own id first.
  std::vector<std::string> rooms() const;

  /// Everybody in the namespace but this socket.
  target broadcast() const;
  /// A room, less this socket (as in the official server: socket.to()).
  target to(std::string_view room) const { return broadcast().to(room); }

  /// A handler for this socket alone, asked before the namespace's. Allocates.
  void on(std::string_view event, event_handler handler);

  /// Sends DISCONNECT and leaves; with `close` the connection is closed, too. Clients do not
  /// reconnect by themselves after this.
  void disconnect(bool close = false);
  /// Closes the transport without DISCONNECT: clients reconnect.
  void close_transport();

 private:
  friend class actors::socket_actor;
  actors::membership& m_;
};

}  // namespace pushmesh
