#pragma once

#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
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

/// What an errno of recv() or send() means.
io_result::status failure_of(int error) noexcept;

/// A non-blocking stream of bytes, mostly on a connected socket. Owned by one object at a time,
/// which may hand it on (http_session to websocket_connection); lives on its loop's thread.
class byte_stream {
 public:
  /// Asio's leanest socket: no type-erased executor.
  using socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                  boost::asio::io_context::executor_type>;

  /// `s` is non-blocking. The descriptor's place in the loop's counts is given back on close.
  byte_stream(io_loop& loop, socket s) noexcept : socket_(std::move(s)), loop_(&loop) {}
  /// A derived class that overrides before_close() calls close() in its own destructor.
  virtual ~byte_stream() { byte_stream::close(); }
  byte_stream(const byte_stream&) = delete;
  byte_stream& operator=(const byte_stream&) = delete;

  virtual io_result read(std::span<char> into) = 0;
  /// May take less than all; then it would block.
  virtual io_result write(std::span<const iovec> pieces) = 0;
  /// Tells the peer that nothing more follows. For when all was written.
  virtual void shutdown_write() = 0;
  /// What a stream that was connected here needs before the first byte (TLS): ok when that is done;
  /// would_block: call it again after wait_readable().
  virtual io_result::status handshake() { return io_result::status::ok; }
  /// What `error` was about, for logs; empty when there is no more to tell.
  virtual std::string problem() const { return {}; }
  /// Whether others on the way can read along or change what is sent.
  virtual bool is_secure() const noexcept { return false; }
  /// Subject of the certificate that the peer has proved to own; empty when there is none.
  virtual std::string peer_certificate() const { return {}; }

  /// Call `handler(error_code)` once, from the loop. At most one of each kind may be pending.
  template <class Handler>
  void wait_readable(Handler&& handler) {
    const auto when = when_to_read();
    if (when == next_read::told)
      wait_for(direction::in, std::forward<Handler>(handler));
    else if (when == next_read::buffered)
      boost::asio::post(socket_.get_executor(),
                        [h = std::forward<Handler>(handler)]() mutable { h({}); });
    else
      socket_.async_wait(when == next_read::readable ? socket::wait_read : socket::wait_write,
                         std::forward<Handler>(handler));
  }
  template <class Handler>
  void wait_writable(Handler&& handler) {
    if (when_to_read() == next_read::told)
      wait_for(direction::out, std::forward<Handler>(handler));
    else
      socket_.async_wait(socket::wait_write, std::forward<Handler>(handler));
  }
  virtual bool is_open() const noexcept { return socket_.is_open(); }
  /// Ends pending waits with operation_aborted, but those that are over already; or forgets them.
  /// Idempotent.
  virtual void close() noexcept;
  /// The same without delivering what the kernel still holds: for a peer that does not read, whose
  /// buffers would stay until the kernel gives it up, minutes later.
  virtual void reset() noexcept;

  /// Leaves its loop for `other`, whose thread calls arrived(). In between it may only be
  /// destroyed. Pending waits end with operation_aborted.
  void move_to(io_loop& other) noexcept;
  void arrived(io_loop& here) noexcept;

 protected:
  /// When read() may find more.
  enum class next_read : std::uint8_t {
    readable,  ///< once the descriptor is readable
    writable,  ///< once it is writable: the peer waits for something of ours
    buffered,  ///< at once: more has been read than was asked for
    told,      ///< when the derived class says so: it has no descriptor, see wait_for()
  };
  enum class direction : std::uint8_t { in, out };
  /// Waits of a stream without descriptor.
  virtual void wait_for(direction, std::function<void(const boost::system::error_code&)>) {}
  virtual next_read when_to_read() const noexcept { return next_read::readable; }
  /// Called before the descriptor is closed, to say goodbye.
  virtual void before_close() noexcept {}
  io_loop& loop() const noexcept { return *loop_; }

  socket socket_;

 private:
  io_loop* loop_;  // null on its way to another one
};

/// The descriptor as it is.
std::unique_ptr<byte_stream> make_plain_stream(io_loop& loop, byte_stream::socket s);

}  // namespace pushmesh::net
