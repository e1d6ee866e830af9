#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "actors/api/event.hpp"
#include "actors/api/server_event.hpp"
#include "actors/api/socket.hpp"
#include "actors/api/target.hpp"
#include "net/protocol/close_reason.hpp"
#include "net/transport/options.hpp"

namespace pushmesh {

namespace actors {
class namespace_state;
}

/// Why a middleware refuses a socket: what the client's `connect_error` gets.
struct connect_error {
  explicit connect_error(std::string message_text) : message(std::move(message_text)) {}
  template <class T>
  connect_error(std::string message_text, const T& data_value) : message(std::move(message_text)) {
    append_json(data, data_value);
  }
  std::string message;
  std::string data;  ///< raw JSON of the error's `data`, empty for none
};

/// Continues the connection of a socket, once, at any time and from any thread. When the last
/// copy goes without a call the socket is refused with "middleware did not answer".
class next {
 public:
  /// On to the next middleware, or connected.
  void operator()() const;
  /// Refuses the socket.
  void operator()(connect_error error) const;

  struct state;  // internal

 private:
  friend class actors::socket_actor;
  explicit next(std::shared_ptr<state> s) : state_(std::move(s)) {}
  std::shared_ptr<state> state_;
};

using middleware = std::function<void(socket&, next)>;
/// Handles an event from another node, on one shard of this one.
using server_side_handler = std::function<void(server_event&)>;
using connection_callback = std::function<void(socket&)>;
using disconnect_callback = std::function<void(socket&, close_reason)>;

/// A namespace. Handlers are registered before the server starts (std::logic_error later), one
/// table for all sockets; emits may come from any thread at any time.
class nsp {
 public:
  /// Handles an event. The last registration of a name counts.
  nsp& on(std::string_view event, event_handler handler);
  /// Handles events that no on() names.
  nsp& on_any(event_handler handler);
  /// Runs when a socket joined: before any event of it.
  nsp& on_connection(connection_callback handler);
  /// Runs when a socket is leaving; its rooms are still there.
  nsp& on_disconnecting(disconnect_callback handler);
  /// Runs when a socket left; its rooms are gone.
  nsp& on_disconnect(disconnect_callback handler);
  /// Runs before a socket joins, in order of registration.
  nsp& use(middleware m);
  /// What happens to emits when a receiver is slow: for the namespace, or for one event.
  nsp& overflow(overflow_policy policy);
  nsp& overflow(std::string_view event, overflow_policy policy);

  /// Handles an event that other nodes send with server_side_emit(), or back-ends through the
  /// bridge. The last registration of a name counts.
  nsp& on_server_side(std::string_view event, server_side_handler handler);
  /// Sends an event to the other nodes, where on_server_side() handles it.
  template <class... Args>
  emit_result server_side_emit(std::string_view event, const Args&... args) const {
    return server_side_emit_json(event, payload_of(args...));
  }
  emit_result server_side_emit_json(std::string_view event, payload args) const;
  /// The same; `done` gets the answer of each node, on a shard's thread.
  void server_side_emit_with_ack(std::string_view event, payload args,
                                 std::chrono::milliseconds timeout,
                                 std::function<void(server_reply_result)> done) const;

  /// Name, with its slash; of a dynamic namespace: the text it was registered with.
  std::string_view name() const noexcept;
  /// Sockets on this node.
  std::size_t size() const noexcept;

  /// Everybody in the namespace.
  target all() const;
  target to(std::string_view room) const { return all().to(room); }
  target to(const socket_id& id) const { return all().to(id); }
  target in(std::string_view room) const { return all().to(room); }
  target except(std::string_view room) const { return all().except(room); }
  target local() const { return all().local(); }
  template <class... Args>
  emit_result emit(std::string_view event, const Args&... args) const {
    return all().emit_json(event, payload_of(args...));
  }

  explicit nsp(actors::namespace_state& state) noexcept : state_(state) {}
  nsp(const nsp&) = delete;

 private:
  actors::namespace_state& state_;
};

}  // namespace pushmesh
