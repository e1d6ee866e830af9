#pragma once

#include <memory>
#include <string_view>

#include "net/transport/engineio_session.hpp"
#include "net/transport/polling_connection.hpp"
#include "net/transport/session_table.hpp"

namespace pushmesh::net {

class upgrade_probe;

/// An Engine.IO session that began with HTTP long-polling and may move on to a WebSocket, after
/// which it is as any other.
class polling_session final : public engineio_session, private polling_handler {
 public:
  /// Makes a session, hands it to the loop's on_session and has `handshake` answered at the end of
  /// the turn. Returns its id.
  static session_key open(io_loop& loop, exchange_id handshake, const engineio_request& request,
                          net::handshake about);

  polling_session(polling_connection::ref polling, const engineio_request& request);
  ~polling_session() override;

  void send(frame_ref f) override;
  void close(close_reason reason) override;
  bool writable() const noexcept override;
  std::size_t queued_bytes() const noexcept override;
  transport_kind transport() const noexcept override;
  io_loop& loop() const noexcept override;

  // For its upgrade_probe.

  void release_poll() { polling_->release_poll(); }
  /// `transport` is the session's from now on.
  void switch_to(websocket_connection::ref transport);
  void end_probe() noexcept;

 private:
  void send_control(frame_ref f) override;
  void on_poll_text(std::string_view packet) override { on_packet(packet); }
  void on_poll_binary(std::string_view bytes) override { on_message(bytes); }
  void on_poll_writable() override { became_writable(); }
  void on_upgrade_request(session_upgrade request) override;
  void on_poll_closed(close_reason reason) override;

  polling_connection::ref polling_;       // until the upgrade
  std::unique_ptr<upgrade_probe> probe_;  // while a WebSocket asks to take over
  session_table::place place_;  // after it: further requests are refused for the right reason
};

}  // namespace pushmesh::net
