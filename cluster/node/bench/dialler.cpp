#include "cluster/node/bench/dialler.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace pushmesh::bench {
namespace {

constexpr int dial_deadline_ms = 5'000;

std::string reason(int error) {
  return std::generic_category().message(error);
}

// The port is found at connect(), where one port may serve several servers, not at bind().
int bind_address(int fd, const in_addr& source) noexcept {
  const int on = 1;
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = source;
  return bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from);
}

}  // namespace

bool server_address::is_loopback() const noexcept {
  if (address.ss_family != AF_INET) return false;
  sockaddr_in v4;
  std::memcpy(&v4, &address, sizeof v4);
  return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
}

tl::expected<server_address, std::string> resolve(const host_port& server) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  // IPv4 first: only there loopback has many addresses to connect from.
  wanted.ai_family = server.host == "localhost" ? AF_INET : AF_UNSPEC;
  addrinfo* found = nullptr;
  const auto port = std::to_string(server.port);
  const int error = getaddrinfo(server.host.c_str(), port.c_str(), &wanted, &found);
  if (error != 0) return tl::unexpected(server.host + ": " + gai_strerror(error));
  server_address result;
  result.host_port = server.str();
  result.size = found->ai_addrlen;
  std::memcpy(&result.address, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return result;
}

tl::expected<int, int> dial(const server_address& server, const in_addr* source) {
  const int fd = socket(server.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return tl::unexpected(errno);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const bool bound = source == nullptr || bind_address(fd, *source) == 0;
  const auto* const to = reinterpret_cast<const sockaddr*>(&server.address);
  if (bound && (connect(fd, to, server.size) == 0 || errno == EINPROGRESS)) return fd;
  const int error = errno;
  close(fd);
  return tl::unexpected(error);
}

std::vector<in_addr> parse_sources(const std::vector<std::string>& texts) {
  std::vector<in_addr> sources;
  for (const auto& text : texts) {
    in_addr parsed{};
    if (inet_pton(AF_INET, text.c_str(), &parsed) == 1) sources.push_back(parsed);
  }
  return sources;
}

int connect_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

tl::expected<int, std::string> dial_and_wait(const server_address& server) {
  const auto fd = dial(server, nullptr);
  if (!fd) return tl::unexpected(server.host_port + ": " + reason(fd.error()));
  pollfd waiting{*fd, POLLOUT, 0};
  int ready = 0;
  do {
    ready = poll(&waiting, 1, dial_deadline_ms);
  } while (ready < 0 && errno == EINTR);
  const int error = ready > 0 ? connect_error(*fd) : ETIMEDOUT;
  if (error == 0) return *fd;
  close(*fd);
  return tl::unexpected(server.host_port + ": " + reason(error));
}

}  // namespace pushmesh::bench
