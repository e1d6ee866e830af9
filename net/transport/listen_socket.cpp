#include "net/transport/listen_socket.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace pushmesh::net {
namespace {

// The kernel cuts it to net.core.somaxconn.
constexpr int backlog = 4096;

// Bytes the kernel takes of a connection before its peer has room for them. Without it a client
// that stops reading parks up to net.ipv4.tcp_wmem (4 MB) where none of our bounds sees it.
constexpr int max_unsent = 128 * 1024;

// Why, not where: the caller knows the address as the operator wrote it.
std::string failure(int error) {
  if (error == EADDRINUSE) return "address is in use";
  if (error == EACCES) return "permission denied; ports below 1024 need CAP_NET_BIND_SERVICE";
  return std::generic_category().message(error);
}

void set_option(int fd, int level, int option, int value) {
  // None of them is refused by the kernels we run on, and none is needed to be correct.
  ::setsockopt(fd, level, option, &value, sizeof value);
}

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

tl::expected<address_list, std::string> resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const bool any = host.empty() || host == "*";
  if (any) hints.ai_family = AF_INET6;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(any ? nullptr : host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    return tl::make_unexpected("cannot resolve " + host + ": " + ::gai_strerror(error));
  return address_list(found, &::freeaddrinfo);
}

}  // namespace

tl::expected<listen_socket, std::string> listen_socket::bind(const std::string& host,
                                                             std::uint16_t port, sharing how) {
  const auto addresses = resolve(host, port);
  if (!addresses) return tl::make_unexpected(addresses.error());
  const auto& to = **addresses;
  const int fd = ::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return tl::make_unexpected(failure(errno));
  listen_socket bound(fd);
  set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (how == sharing::reuse_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  if (to.ai_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  // Accepted sockets inherit both: two system calls less for each.
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, max_unsent);
  if (::bind(fd, to.ai_addr, to.ai_addrlen) != 0) return tl::make_unexpected(failure(errno));
  return bound;
}

listen_socket::listen_socket(listen_socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}

listen_socket::~listen_socket() {
  if (fd_ >= 0) ::close(fd_);
}

tl::expected<void, std::string> listen_socket::listen() {
  if (::listen(fd_, backlog) != 0) return tl::make_unexpected(failure(errno));
  return {};
}

std::uint16_t listen_socket::port() const noexcept {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
  // sin_port and sin6_port lie at the same place.
  return ntohs(reinterpret_cast<const sockaddr_in&>(own).sin_port);
}

int listen_socket::family() const noexcept {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
  return own.ss_family;
}

int listen_socket::release() noexcept {
  return std::exchange(fd_, -1);
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
      ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text.data(), text.size());
    else
      ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

}  // namespace pushmesh::net
