#include "tests/unit/transport/test_client.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <stdexcept>
#include <system_error>

namespace pushmesh::net::test {

test_client::test_client(std::uint16_t port, int receive_buffer)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

test_client::~test_client() {
  ::close(fd_);
}

void test_client::send(std::string_view bytes) {
  const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("send: not all went out");
}

void test_client::send_frame(ws_opcode op, std::string_view payload, bool fin) {
  send(client_frame(op, payload, fin));
}

void test_client::finish() {
  ::shutdown(fd_, SHUT_WR);
}

void test_client::reset() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd_);
  fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ended_ = true;
}

void test_client::receive() {
  std::array<char, 64 * 1024> buffer;
  while (!ended_) {
    const auto n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      ended_ = true;
      was_reset_ = n < 0;
      break;
    }
    raw_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  if (framing_) parse();
}

void test_client::parse() {
  if (!head_seen_) {
    const auto end = raw_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    raw_.erase(0, end + 4);
    head_seen_ = true;
  }
  std::span<char> bytes = raw_;
  while (true) {
    const auto event = parser_.next(bytes);
    if (!event) throw std::runtime_error("bad frame: " + std::string(event.error().what));
    if (!*event) break;
    frames_.push_back({(*event)->kind, std::string((*event)->payload), (*event)->close_code});
  }
  raw_.clear();
}

std::string upgrade_request(std::string_view target, std::string_view more_headers) {
  std::string request = "GET ";
  request.append(target).append(
      " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  return request.append(more_headers).append("\r\n");
}

std::string client_frame(ws_opcode op, std::string_view payload, bool fin) {
  const std::uint32_t mask = 0x5a17c3e9;
  std::array<char, max_ws_header> head;
  const auto n = write_ws_header(head.data(), op, payload.size(), mask);
  if (!fin) head[0] = static_cast<char>(head[0] & 0x7F);
  std::string masked(payload);
  apply_mask(masked, mask);
  return std::string(head.data(), n) + masked;
}

}  // namespace pushmesh::net::test
