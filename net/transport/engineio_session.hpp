#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/protocol/engineio_packet.hpp"
#include "net/transport/connection.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/options.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/websocket_connection.hpp"

namespace pushmesh::net {

class io_loop;

/// An Engine.IO session over a WebSocket: packets and heartbeat of protocols 3 and 4. Owned by the
/// floor above; may be destroyed at any time, also from inside its handler's calls. Then what is
/// queued is still written, followed by a Close frame.
class engineio_session : public connection, private websocket_handler, private timer_node {
 public:
  /// What a request that was upgraded to a WebSocket left behind.
  struct upgraded {
    std::unique_ptr<byte_stream> stream;
    std::string_view response;  ///< the 101 answer, not yet written
    std::span<char> already_read;
    engineio_request request;
    handshake about;
  };
  /// Makes a session, hands it to the loop's on_session and starts it.
  static void open(io_loop& loop, upgraded from);

  engineio_session(websocket_connection::ref transport, std::uint8_t version);
  ~engineio_session() override;

  void send(frame_ref f) override;
  void close(close_reason reason) override;
  bool writable() const noexcept override { return transport_->writable(); }
  std::size_t queued_bytes() const noexcept override { return transport_->queued_bytes(); }
  transport_kind transport() const noexcept override { return transport_kind::websocket; }

 protected:
  // For a session that has another transport at first.

  engineio_session(io_loop& loop, std::uint8_t version);
  virtual io_loop& loop() const noexcept { return transport_->loop(); }
  /// Sends a packet of the protocol itself.
  virtual void send_control(frame_ref f);
  /// From now on `transport` is the session's.
  void take_over(websocket_connection::ref transport);
  void serve(connection_handler& handler) noexcept { handler_ = &handler; }
  void on_packet(std::string_view text);
  /// A binary message, without what protocol 3 puts in front.
  void on_message(std::string_view bytes);
  void became_writable() { handler_->on_writable(); }
  void ended(close_reason reason);
  void stop_heartbeat() noexcept { cancel(); }
  static std::string open_packet_of(const transport_options& options, std::string_view sid,
                                    std::span<const std::string_view> upgrades);

 private:
  void on_ws_text(std::string_view text) override { on_packet(text); }
  void on_ws_binary(std::string_view bytes) override;
  void on_ws_writable() override { became_writable(); }
  void on_ws_closed(close_reason reason) override { ended(reason); }
  static void on_timer(timer_node& node);
  void expect_heartbeat(io_loop& loop);
  void on_heartbeat(engineio_type type);

  websocket_connection::ref transport_;
  connection_handler* handler_ = nullptr;
  bool waits_for_pong_ = false;
  std::uint8_t version_;
};

}  // namespace pushmesh::net
