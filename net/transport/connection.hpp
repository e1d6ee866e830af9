#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/protocol/close_reason.hpp"
#include "net/protocol/engineio_request.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::net {

/// What a connection offers to the actor that owns it. Lives on one shard's thread.
class connection {
 public:
  virtual ~connection() = default;
  /// Queues a frame behind what is queued already; it is written at the end of the turn. Never
  /// calls back, never blocks. Frames sent after close() are dropped.
  virtual void send(frame_ref f) = 0;
  /// Writes what is queued, then closes with the reason's WebSocket code. on_closed follows from
  /// the loop, never from inside this call. Later calls are ignored.
  virtual void close(close_reason reason) = 0;
  /// False while an earlier write is unfinished (the kernel's buffer is full).
  virtual bool writable() const noexcept = 0;
  /// Bytes queued and not yet taken by the kernel.
  virtual std::size_t queued_bytes() const noexcept = 0;
  virtual transport_kind transport() const noexcept = 0;
};

/// What a connection calls. Implemented by the socket actor; all calls come on the shard's thread
/// and never from inside a call of `connection`.
class connection_handler {
 public:
  /// One Engine.IO message (packet type 4) as text, without the type character. The view is valid
  /// during the call; `text` may be modified by nobody.
  virtual void on_text(std::string_view text) = 0;
  /// One binary message.
  virtual void on_binary(std::string_view bytes) = 0;
  /// The connection was not writable and is again.
  virtual void on_writable() = 0;
  /// Last call, exactly once. The handler may destroy the connection inside it.
  virtual void on_closed(close_reason reason) = 0;

 protected:
  ~connection_handler() = default;
};

}  // namespace pushmesh::net
