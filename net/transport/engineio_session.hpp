#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "net/protocol/engineio_request.hpp"
#include "net/transport/connection.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/websocket_connection.hpp"

namespace pushmesh::net {

class io_loop;

/// An Engine.IO v4 session over a WebSocket: packets and heartbeat. Owned by the floor above; may
/// be destroyed at any time, also from inside its handler's calls. Then what is queued is still
/// written, followed by a Close frame.
class engineio_session final : public connection, private websocket_handler, private timer_node {
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

  explicit engineio_session(websocket_connection::ref transport);
  ~engineio_session() override;

  void send(frame_ref f) override;
  void close(close_reason reason) override;
  bool writable() const noexcept override { return transport_->writable(); }
  std::size_t queued_bytes() const noexcept override { return transport_->queued_bytes(); }
  transport_kind transport() const noexcept override { return transport_kind::websocket; }

 private:
  void on_ws_text(std::string_view text) override;
  void on_ws_binary(std::string_view bytes) override;
  void on_ws_writable() override;
  void on_ws_closed(close_reason reason) override;
  static void on_timer(timer_node& node);
  void expect_pong_later();

  websocket_connection::ref transport_;
  connection_handler* handler_ = nullptr;
  bool waits_for_pong_ = false;
};

}  // namespace pushmesh::net
