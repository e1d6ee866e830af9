#pragma once

#include <caf/error.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/nsp.hpp"
#include "actors/light_actor.hpp"
#include "actors/membership.hpp"
#include "actors/partial_packets.hpp"
#include "net/protocol/close_reason.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/transport/connection.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::actors {

class local_sockets;
class session_home;
struct local_namespace;
struct session;
struct session_claim;
class packet_frames;

/// The actor of one client connection, with the namespaces it joined. Lives on the shard that
/// owns the descriptor; the shard's local_sockets keeps it alive until cleanup(). Accepts the
/// closed list of messages in actors/messages/socket_messages.hpp.
class socket_actor final : public light_actor, public net::connection_handler {
 public:
  socket_actor(caf::actor_config& cfg, local_sockets& sockets,
               std::unique_ptr<net::connection> link, net::handshake&& request,
               std::uint8_t protocol);
  ~socket_actor() override;

  const net::handshake& request() const noexcept { return request_; }
  local_sockets& sockets() const noexcept { return sockets_; }
  std::uint8_t protocol() const noexcept { return protocol_; }

  /// Once it is known to its shard: what has to happen before the client says something. Clients of
  /// protocol 4 (EIO3) are in "/" from the start, with `sid` as the id of that socket.
  void begin(std::string_view sid);
  /// The id of a socket as its client knows it: clients of protocol 4 call those of other
  /// namespaces than "/" by the namespace and the connection's id, `/nsp#id`.
  std::string client_id(const membership& m) const;
  /// Closes the connection; its sockets leave with this reason.
  void close(close_reason reason) {
    if (link_) link_->close(reason);
  }
  /// Server-side disconnect of one socket: DISCONNECT packet, then it has left. With
  /// `close_connection` all sockets of the connection, then the connection.
  void disconnect(membership& m, bool close_connection);
  /// A middleware's answer to a joining socket: on to the next one, or refused.
  void middleware_passed(membership& m);
  void middleware_refused(membership& m, const connect_error& why);
  /// Its client came back over another connection: this one is dead.
  void displaced(membership& m);
  socket_info describe(const membership& m) const;
  socket_details details(const membership& m) const;
  net::transport_kind transport() const noexcept {
    return link_ ? link_->transport() : net::transport_kind::websocket;
  }
  /// A closure that was posted to one of its sockets.
  void run_posted(membership& m, const std::function<void(socket&)>& fn);
  /// The socket in a namespace; nullptr when this connection has none there.
  membership* in_namespace(std::string_view nsp) const noexcept;

  // connection_handler
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_writable() override {}
  void on_closed(close_reason reason) override;

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  const char* name() const override { return "pushmesh.socket"; }

 protected:
  void on_message(caf::mailbox_element& m) override;
  void on_exit_message(const caf::error& reason) override;

 private:
  friend class local_sockets;
  /// Closes a connection that joins no namespace in time.
  struct connect_deadline : net::timer_node {
    explicit connect_deadline(socket_actor& a)
        : timer_node([](timer_node& n) {
            static_cast<connect_deadline&>(n).self.close(close_reason::connect_timeout);
          }),
          self(a) {}
    socket_actor& self;
  };

  // packets, socket_packets.cpp
  bool speaks_msgpack() const noexcept;
  void on_msgpack(std::string_view bytes);
  void decode_packet(std::string_view text, std::span<const binary> attachments);
  /// False, and the connection is being closed, when it sends too much.
  bool message_allowed();
  std::size_t namespace_count() const noexcept;
  void begin_partial(std::string_view text);
  void keep_partials_bounded();
  void drop_partial();
  void on_packet(const net::socketio_packet& p, const std::vector<std::string_view>& elements,
                 std::span<const binary> attachments);
  void on_connect(const net::socketio_packet& p);
  void join(local_namespace& ns, const socket_id& id, std::string auth);
  membership& add_membership(local_namespace& ns, const socket_id& id, std::string auth);
  /// The client takes its earlier session up again, at once or later. False: there is none.
  bool resume(local_namespace& ns, const net::socketio_packet& p);
  void resume(local_namespace& ns, session& s, std::string auth);
  void resume_from(local_namespace& ns, const session_claim& claim,
                   std::vector<std::shared_ptr<session_home>> homes, std::string auth);
  /// False: it could not be admitted after all, and the connection is being closed.
  bool answer_connect(membership& m);
  void on_event(membership& m, const net::socketio_packet& p,
                const std::vector<std::string_view>& elements, std::span<const binary> attachments);
  void run_handlers(membership& m, event& e);
  // life of a membership
  void admit(membership& m);
  void left(membership& m, close_reason reason);
  void forget(membership& m);
  membership* first_staying() const noexcept;
  std::unique_ptr<membership> unlink(membership& m);
  /// Runs application code: times it, logs what it throws and closes the connection then.
  template <class F>
  bool guarded(std::string_view what, F&& run);
  void report_slow(std::string_view what, std::chrono::steady_clock::duration took);
  void report_failure(std::string_view what, const char* why);
  void report_bad_argument(const char* why);
  void protocol_error(std::string_view why);
  const packet_frames& frames() const noexcept;

  local_sockets& sockets_;
  std::unique_ptr<net::connection> link_;
  net::rate_limit messages_;
  net::handshake request_;
  std::unique_ptr<membership> memberships_;             // list through membership::sibling_
  std::unique_ptr<connect_deadline> connect_deadline_;  // until the first namespace is joined
  partial_packets::entry* partial_ = nullptr;           // waits for its attachments
  std::unique_ptr<socket_id> engine_id_;                // of clients of protocol 4
  std::uint32_t position_ = 0;                          // in local_sockets
  std::uint8_t protocol_;
};

}  // namespace pushmesh::actors
