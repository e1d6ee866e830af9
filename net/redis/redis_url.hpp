#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace pushmesh::net::redis {

/// Where a Redis is and how to log in, as a URL says it.
struct redis_url {
  std::string host;  ///< name or address; empty for a unix socket
  std::uint16_t port = 6379;
  std::string socket;    ///< path of a unix socket; empty for TCP
  bool tls = false;      ///< `rediss`
  std::string user;      ///< ACL user; empty: the default user
  std::string password;  ///< empty: none
  std::uint32_t database = 0;

  /// The place without what is secret, for logs: `10.0.0.5:6379`, `/run/redis.sock`.
  std::string label() const;
};

/// Reads `redis://[[user]:password@]host[:port][/database]`, the same with `rediss` for TLS, and
/// `unix://[[user]:password@]/path[?db=database]`. `?db=` may stand in all of them. User, password
/// and path may be percent-encoded. The error is a sentence without the password.
tl::expected<redis_url, std::string> parse_redis_url(std::string_view text);

}  // namespace pushmesh::net::redis
