#include "net/transport/byte_stream.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <utility>

#include "net/transport/io_loop.hpp"

namespace pushmesh::net {
namespace {

class plain_stream final : public byte_stream {
 public:
  using byte_stream::byte_stream;

  io_result read(std::span<char> into) override {
    ssize_t n;
    do n = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0) return {0, failure_of(errno)};
    if (n == 0) return {0, io_result::status::closed};
    return {static_cast<std::size_t>(n), io_result::status::ok};
  }

  io_result write(std::span<const iovec> pieces) override {
    // sendmsg, because writev cannot suppress SIGPIPE.
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());
    message.msg_iovlen = pieces.size();
    ssize_t n;
    do n = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0) return {0, failure_of(errno)};
    return {static_cast<std::size_t>(n), io_result::status::ok};
  }

  void shutdown_write() override { ::shutdown(socket_.native_handle(), SHUT_WR); }
};

}  // namespace

io_result::status failure_of(int error) noexcept {
  using status = io_result::status;
  switch (error) {
    case EAGAIN:
      return status::would_block;
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
      return status::closed;
    default:
      return status::error;
  }
}

void byte_stream::close() noexcept {
  if (!socket_.is_open()) return;
  before_close();
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (loop_) loop_->descriptor_closed();
}

// The descriptor keeps its number: what else knows it (TLS) need not be told.
void byte_stream::move_to(io_loop& other) noexcept {
  boost::system::error_code ec;
  const auto protocol = socket_.local_endpoint(ec).protocol();
  const int fd = socket_.release(ec);
  std::exchange(loop_, nullptr)->descriptor_closed();
  socket_ = socket(other.context());
  socket_.assign(protocol, fd, ec);
  if (ec) ::close(fd);
}

void byte_stream::arrived(io_loop& here) noexcept {
  loop_ = &here;
  here.descriptor_arrived();
}

void byte_stream::reset() noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (socket_.is_open())
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

std::unique_ptr<byte_stream> make_plain_stream(io_loop& loop, byte_stream::socket s) {
  static_assert(sizeof(plain_stream) <= 64, "one per idle connection");
  return std::make_unique<plain_stream>(loop, std::move(s));
}

}  // namespace pushmesh::net
