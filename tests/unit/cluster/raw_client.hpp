#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "net/protocol/websocket_frame.hpp"
#include "net/protocol/websocket_parser.hpp"

namespace pushmesh::test {

/// A blocking WebSocket client without Socket.IO knowledge: tests say each packet themselves.
/// Every wait has a deadline; std::runtime_error when it passes.
class raw_client {
 public:
  explicit raw_client(std::uint16_t port,
                      std::string_view path = "/socket.io/?EIO=4&transport=websocket")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("connect");
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    write("GET " + std::string(path) +
          " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    std::size_t end;
    while ((end = in_.find("\r\n\r\n")) == in_.npos)
      if (!fill()) throw std::runtime_error("closed before the handshake was answered");
    head_ = in_.substr(0, end);
    in_.erase(0, end + 4);
  }
  ~raw_client() {
    if (fd_ >= 0) ::close(fd_);
  }
  raw_client(raw_client&& o) noexcept
      : fd_(std::exchange(o.fd_, -1)), head_(std::move(o.head_)), in_(std::move(o.in_)) {}

  const std::string& head() const { return head_; }
  int descriptor() const { return fd_; }

  void send_text(std::string_view text) {
    char header[net::max_ws_header];
    const auto size = net::write_ws_header(header, net::ws_opcode::text, text.size(), 0u);
    write(std::string(header, size) + std::string(text));  // a key of zeros masks nothing
  }

  /// Payload of the next text frame; nullopt when the server closed.
  std::optional<std::string> read_text() {
    for (;;) {
      if (auto f = take_frame()) {
        if (f->first == 1) return f->second;
        if (f->first == 8) return std::nullopt;
        continue;
      }
      if (!fill()) return std::nullopt;
    }
  }
  /// Reads until a text that starts with `prefix`.
  std::string expect(std::string_view prefix) {
    for (;;) {
      auto t = read_text();
      if (!t) throw std::runtime_error("closed while waiting for " + std::string(prefix));
      if (t->starts_with(prefix)) return *t;
    }
  }
  /// Open packet, CONNECT, its answer; returns the socket's id.
  std::string join(std::string_view nsp = "") {
    expect("0{");
    send_text("40" + std::string(nsp));
    const auto answer = expect("40");
    const auto at = answer.find("\"sid\":\"") + 7;
    return answer.substr(at, 20);
  }

 private:
  void write(const std::string& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("send");
      sent += static_cast<std::size_t>(n);
    }
  }
  bool fill() {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, 20'000) != 1) throw std::runtime_error("nothing arrived in 20 s");
    char buffer[65536];
    const auto n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  std::optional<std::pair<int, std::string>> take_frame() {
    if (in_.size() < 2) return std::nullopt;
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(in_[i]); };
    std::uint64_t length = byte(1) & 127;
    std::size_t head = 2;
    const auto extra = length == 126 ? 2u : length == 127 ? 8u : 0u;
    if (in_.size() < head + extra) return std::nullopt;
    if (extra) length = 0;
    for (unsigned i = 0; i < extra; ++i) length = length << 8 | byte(head++);
    if (in_.size() < head + length) return std::nullopt;
    std::pair<int, std::string> f{byte(0) & 15, in_.substr(head, length)};
    in_.erase(0, head + length);
    return f;
  }

  int fd_;
  std::string head_;
  std::string in_;
};

}  // namespace pushmesh::test
