#include "cluster/node/bench/byte_pipe.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pushmesh::bench {
namespace {

constexpr std::size_t max_unsent = 16 << 20;

tl::unexpected<std::string> lost(int error) {
  return tl::unexpected("connection lost: " + std::generic_category().message(error));
}

bool is_full(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

byte_pipe::~byte_pipe() {
  close(fd_);
}

tl::expected<void, std::string> byte_pipe::send(std::string_view bytes) {
  if (unsent_.size() + bytes.size() > max_unsent)
    return tl::unexpected(std::string("the server does not read what is published"));
  unsent_ += bytes;
  return flush();
}

tl::expected<void, std::string> byte_pipe::flush() {
  if (unsent_.empty()) return {};
  const auto n = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0 && !is_full(errno)) return lost(errno);
  if (n > 0) unsent_.erase(0, static_cast<std::size_t>(n));
  return {};
}

tl::expected<void, std::string> byte_pipe::receive(std::string& in) {
  char buffer[16 * 1024];
  for (;;) {
    const auto n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n < 0 && is_full(errno)) return {};
    if (n < 0) return lost(errno);
    if (n == 0) return tl::unexpected(std::string("connection closed by the server"));
    in.append(buffer, static_cast<std::size_t>(n));
  }
}

bool byte_pipe::wait(int timeout_ms) const {
  pollfd p{fd_, static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT), 0};
  return poll(&p, 1, timeout_ms) > 0;
}

}  // namespace pushmesh::bench
