#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/host_port.hpp"

namespace pushmesh::bench {

/// A resolved server.
struct server_address {
  std::string host_port;  ///< as given, for the Host header
  sockaddr_storage address{};
  socklen_t size = 0;

  /// In 127.0.0.0/8, where every address is ours to connect from.
  bool is_loopback() const noexcept;
};

/// Resolves a host; the error is a sentence. Blocks.
tl::expected<server_address, std::string> resolve(const host_port& server);

/// A non-blocking TCP socket (TCP_NODELAY) that connects, from `source` if that is given. Returns
/// the descriptor; the error is an errno.
tl::expected<int, int> dial(const server_address& server, const in_addr* source);

/// The addresses of `texts`, which are IPv4.
std::vector<in_addr> parse_sources(const std::vector<std::string>& texts);

/// Error of a connect() that has ended: an errno, 0 when it succeeded.
int connect_error(int fd) noexcept;

/// A connected socket, or a sentence why there is none. Blocks for at most 5 s.
tl::expected<int, std::string> dial_and_wait(const server_address& server);

}  // namespace pushmesh::bench
