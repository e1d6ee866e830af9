#pragma once

#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace pushmesh::net {

class io_loop;

struct io_result {
  enum class status : std::uint8_t {
    ok,
    would_block,  ///< wait_readable() or wait_writable() says when to try again
    closed,       ///< the peer ended or reset the stream
    error
  };
  std::size_t bytes;
  status what;
};

/// A non-blocking stream of bytes on a connected socket. Owned by one object at a time, which may
/// hand it on (http_session to websocket_connection); lives on its loop's thread.
class byte_stream {
 public:
  /// Asio's leanest socket: no type-erased executor.
  using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  /// `s` is non-blocking. The descriptor's place in the loop's counts is given back on close.
  byte_stream(io_loop& loop, socket s) noexcept : socket_(std::move(s)), loop_(&loop) {}
  virtual ~byte_stream() { close(); }
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;

  virtual io_result read(std::span<char> into) = 0;
  /// May take less than all; then it would block.
  virtual io_result write(std::span<const iovec> pieces) = 0;
  /// Tells the peer that nothing more follows.
  virtual void shutdown_write() = 0;

  /// Call `handler(error_code)` once, from the loop. At most one of each kind may be pending.
  template <class Handler>
  void wait_readable(Handler&& handler) {
    socket_.async_wait(socket::wait_read, std::forward<Handler>(handler));
  }
  template <class Handler>
  void wait_writable(Handler&& handler) {
    socket_.async_wait(socket::wait_write, std::forward<Handler>(handler));
  }
  bool is_open() const noexcept { return socket_.is_open(); }
  /// Ends pending waits with operation_aborted. Idempotent.
  void close() noexcept;
  /// The same without delivering what the kernel still holds: for a peer that does not read, whose
  /// buffers would stay until the kernel gives it up, minutes later.
  void reset() noexcept;

  /// Leaves its loop for `other`, whose thread calls arrived(). In between it may only be
  /// destroyed. Pending waits end with operation_aborted.
  void move_to(io_loop& other) noexcept;
  void arrived(io_loop& here) noexcept;

 protected:
  socket socket_;

 private:
  io_loop* loop_;  // null on its way to another one
};

/// The descriptor as it is.
std::unique_ptr<byte_stream> make_plain_stream(io_loop& loop, byte_stream::socket s);

}  // namespace pushmesh::net
