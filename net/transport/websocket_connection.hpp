#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "net/protocol/close_reason.hpp"
#include "net/protocol/websocket_frame.hpp"
#include "net/protocol/websocket_parser.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/intrusive_list.hpp"
#include "net/transport/outbound_queue.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::net {

class io_loop;

/// What a websocket_connection tells the session above it, never from inside a call of its own.
class websocket_handler {
 public:
  virtual void on_ws_text(std::string_view text) = 0;
  virtual void on_ws_binary(std::string_view bytes) = 0;
  virtual void on_ws_writable() = 0;
  /// Last call.
  virtual void on_ws_closed(close_reason reason) = 0;

 protected:
  ~websocket_handler() = default;
};

/// A WebSocket after its upgrade, server side (RFC 6455): byte_stream, parser and outbound queue.
/// Lives on its loop's thread, kept alive by its session and by what is pending on the loop. When
/// the session lets go of it, it ends the closing handshake by itself.
class websocket_connection final : public list_hook<websocket_connection> {
 public:
  using ref = boost::intrusive_ptr<websocket_connection>;

  websocket_connection(io_loop& loop, std::unique_ptr<byte_stream> stream);
  websocket_connection(const websocket_connection&) = delete;

  io_loop& loop() const noexcept { return loop_; }
  void attach(websocket_handler& h) noexcept { handler_ = &h; }
  bool attached() const noexcept { return handler_ != nullptr; }
  /// No further calls to the handler.
  void detach() noexcept { handler_ = nullptr; }
  /// Begins to read; `already_read` came with the upgrade request.
  void start(std::span<char> already_read);

  /// Queues a message; bounds and policies apply. Dropped unless open.
  void send(frame_ref f);
  /// Queues a frame of the protocols themselves, whatever the queue holds.
  void send_control(frame_ref f);
  /// Queues a Close frame and lingers until the peer has answered it; where the peer does not read
  /// anyway (or the transport failed) the descriptor is closed at once. on_ws_closed follows from
  /// the loop.
  void close(close_reason reason);

  bool writable() const noexcept { return state_ == state::open && !blocked_; }
  std::size_t queued_bytes() const noexcept { return queue_.bytes(); }
  /// Bytes of a message that has not arrived whole, while open.
  std::size_t partial_bytes() const noexcept { return state_ == state::open ? partial_bytes_ : 0; }

  // Called by the loop.

  void flush();
  void report();
  void check();
  /// Our Close frame is queued or sent and the descriptor is still open.
  bool lingers() const noexcept { return state_ == state::closing; }
  /// Closes the descriptor without further ado.
  void cut();

 private:
  friend class io_loop;
  enum class state : std::uint8_t { open, closing, closed };
  friend void intrusive_ptr_add_ref(websocket_connection* c) noexcept { ++c->references_; }
  friend void intrusive_ptr_release(websocket_connection* c) noexcept {
    if (--c->references_ == 0) delete c;
  }
  ~websocket_connection() = default;

  void wait_readable();
  void on_readable(const boost::system::error_code& ec);
  void on_writable();
  void take(std::span<char> bytes);
  void parse(std::span<char> bytes);
  void charge_partial();
  void dispatch(const ws_event& event);
  void on_violation(const ws_error& error);
  void on_peer_close(std::uint16_t code);
  void answer_ping(std::string_view payload);
  bool admit(const frame& f);
  void write_once();
  void block();
  void on_drained();
  void begin_close(frame_ref close_frame, close_reason reason);
  void fail(close_reason reason);
  void end(close_reason reason);

  io_loop& loop_;
  std::unique_ptr<byte_stream> stream_;
  websocket_handler* handler_ = nullptr;
  websocket_parser parser_;
  outbound_queue queue_;
  timer_wheel::clock::time_point linger_until_{};  // while closing
  websocket_connection* next_dirty_ = nullptr;     // the loop's
  std::uint32_t references_ = 0;
  std::uint32_t blocked_in_turn_ = 0;
  std::uint32_t partial_bytes_ = 0;  // what the loop was told that the parser holds
  state state_ = state::open;
  close_reason reason_ = close_reason::none;
  std::uint8_t pongs_queued_ = 0;
  bool dirty_ = false;          // in the loop's list
  bool blocked_ = false;        // the kernel takes no more; wait_writable is pending
  bool owes_writable_ = false;  // was blocked, the handler does not yet know that it is over
  bool deaf_ = false;           // what still comes is read and thrown away
  bool peer_closed_ = false;    // its Close frame arrived
  bool shut_down_ = false;      // our side of the stream is ended
};

}  // namespace pushmesh::net
