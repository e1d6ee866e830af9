#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

struct sockaddr_storage;

namespace pushmesh::net {

/// A bound TCP descriptor, non-blocking, closed on destruction.
class listen_socket {
 public:
  enum class sharing : std::uint8_t { exclusive, reuse_port };

  /// Binds (does not listen yet). `host` is an address, a name, or empty or "*" for all addresses.
  /// The error says why, without the address.
  static tl::expected<listen_socket, std::string> bind(const std::string& host, std::uint16_t port,
                                                       sharing how);
  listen_socket(listen_socket&& o) noexcept;
  listen_socket& operator=(listen_socket&&) = delete;
  ~listen_socket();

  tl::expected<void, std::string> listen();
  std::uint16_t port() const noexcept;
  int family() const noexcept;
  int release() noexcept;

 private:
  explicit listen_socket(int fd) : fd_(fd) {}
  int fd_;
};

/// A socket address as text, without its port; an IPv4-mapped IPv6 address as IPv4.
std::string address_text(const sockaddr_storage& address);

}  // namespace pushmesh::net
