#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace pushmesh::net {
class tls_connector;
}

namespace pushmesh::net::redis {

/// All defaults of what talks to Redis.
struct redis_options {
  /// How TLS is spoken, for a URL that wants it.
  std::shared_ptr<const tls_connector> tls{};
  /// Resolving the name, connecting and the handshake of TLS may take this long together.
  std::chrono::milliseconds connect_timeout{2'000};
  /// A command without an answer ends the connection once nothing came from Redis for this long:
  /// answers come in order, so all behind it wait too.
  std::chrono::milliseconds command_timeout{2'000};
  /// A connection that is idle for this long is asked for a sign of life. With command_timeout:
  /// how late a frozen Redis is noticed.
  std::chrono::milliseconds ping_interval{1'000};
  /// Waits between attempts to connect double from the first to the second; what is waited is a
  /// random share of it. 500 ms at most, so that everything is back within 2 s after Redis is.
  std::chrono::milliseconds first_wait{50};
  std::chrono::milliseconds longest_wait{500};
  /// Commands sent and not yet answered; more are refused at once.
  std::size_t max_pending = 10'000;
  /// Bytes of commands not yet taken by the system; more are refused at once.
  std::size_t max_pending_bytes = 8 * 1024 * 1024;
  /// Bytes of one answer or message; more ends the connection: it would have to be held in memory.
  std::size_t max_reply = 32 * 1024 * 1024;
};

}  // namespace pushmesh::net::redis
