#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "net/protocol/limits.hpp"

namespace pushmesh {

/// What happens to an emit when a receiver's outbound queue is full.
enum class overflow_policy : std::uint8_t {
  inherit = 0,  ///< the next wider setting: event, then namespace, then server
  close,        ///< close the connection (slow_consumer); it may reconnect and start afresh
  drop_oldest,  ///< make room by dropping queued messages from the front
  drop_newest,  ///< drop this message
  coalesce,     ///< keep only the newest queued message of the same event, then as drop_oldest
};

}  // namespace pushmesh

namespace pushmesh::net {

/// All defaults of the transport floor. Read-only once the server runs.
struct transport_options {
  protocol_limits limits;
  /// Path prefix of the Engine.IO endpoint; `/socket.io/anything` matches too.
  std::string path = "/socket.io/";
  /// A ping is sent this long after the last pong; announced to clients.
  std::chrono::milliseconds ping_interval{25'000};
  /// No pong for this long after a ping closes the connection; announced to clients.
  std::chrono::milliseconds ping_timeout{20'000};
  /// A request head or body that is not complete after this is cut.
  std::chrono::milliseconds request_timeout{10'000};
  /// How long a polling client that opened a WebSocket may take to move to it, before that
  /// WebSocket is closed and the session polls on.
  std::chrono::milliseconds upgrade_timeout{10'000};
  /// How long an HTTP connection may be idle between two requests. Longer than ping_interval, so
  /// that clients that poll do not connect anew for each pong.
  std::chrono::milliseconds keep_alive_timeout{30'000};
  /// How long a closed WebSocket may take to answer our Close frame before the descriptor goes.
  std::chrono::milliseconds close_timeout{5'000};
  /// Bytes one connection may have queued before its overflow policy acts. A single message may
  /// pass it when the queue is empty, and four times as much may be queued by one turn of the loop:
  /// until it ends the client had no chance to read.
  std::size_t max_queue_bytes = 1024 * 1024;
  /// Age the oldest queued message may reach before the connection counts as a slow consumer.
  std::chrono::milliseconds max_queue_age{30'000};
  /// Bytes one loop may hold of messages that have not arrived whole; beyond it the connections
  /// whose messages began first are closed. The server gives each of its loops a share.
  std::size_t max_partial_bytes = 64 * 1024 * 1024;
  overflow_policy overflow = overflow_policy::close;
  /// Connections per node, 0 = what the descriptor limit allows.
  std::size_t max_connections = 0;
  /// Whether clients of Engine.IO protocol 3 (socket.io-client 1.x and 2.x) are served.
  bool allow_eio3 = true;
  /// New connections per second per node, 0 = any. More wait in the kernel's backlog.
  std::uint32_t max_connect_rate = 100'000;
  /// Connections (Engine.IO sessions) one client address may have, an IPv6 /64 counting as one; 0:
  /// 1,000 with trusted_proxies, else any.
  std::uint32_t max_connections_per_address = 0;
  /// New ones per second and address, and as many at once after a quiet second; 0: 200 with
  /// trusted_proxies, else any.
  std::uint32_t max_connect_rate_per_address = 0;
  /// Addresses and ranges (CIDR) of proxies in front of the node. Of what comes through them the
  /// right-most address in X-Forwarded-For that is none of theirs is the client's.
  std::vector<std::string> trusted_proxies{};
  /// Connections begin with a PROXY header (version 2), and only trusted_proxies may connect.
  bool proxy_protocol = false;
  /// Origins a browser may connect from; "*" is any, "self" the host the request was sent to.
  /// Empty: any, but without the CORS headers that let pages of other hosts poll. Requests without
  /// Origin always pass.
  std::vector<std::string> origins;
  /// Request headers kept for the application (lower case; `x-*` is a prefix). "*" keeps all.
  std::vector<std::string> kept_headers{"host",   "origin",          "user-agent",    "referer",
                                        "cookie", "accept-language", "authorization", "x-*"};
};

}  // namespace pushmesh::net
