#pragma once

#include <atomic>
#include <cstdint>

namespace pushmesh::net {

/// A number that one thread changes and any thread may read. No locked instruction.
class counter {
 public:
  void add(std::int64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void set(std::int64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }
  std::int64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// What the transport of one shard counts.
struct transport_counters {
  counter connections;          ///< gauge: open Engine.IO connections
  counter descriptors;          ///< gauge: client descriptors, closing ones included
  counter accepted;             ///< TCP connections accepted
  counter refused_full;         ///< accepted and closed again: max_connections
  counter refused_address;      ///< sessions refused: one client address had or opened too many
  counter connects_delayed;     ///< times the listener paused: max_connect_rate
  counter refused_proxy;        ///< accepted and closed again: not one of trusted_proxies
  counter bad_proxy_headers;    ///< closed for what came instead of a PROXY header
  counter refused_descriptors;  ///< accepted and closed again: out of descriptors
  counter tls_handshakes;       ///< TLS handshakes done
  counter tls_resumed;          ///< those of them that a ticket made short
  counter tls_failed;           ///< and those that failed
  counter http_requests;
  counter request_timeouts;  ///< connections cut by request_timeout
  counter http_refused;      ///< requests answered 4xx by the transport itself
  counter messages_in;       ///< Engine.IO messages from clients
  counter bytes_in;
  counter frames_out;  ///< frames fully written
  counter bytes_out;
  counter writes;          ///< writev calls
  counter writes_blocked;  ///< writev calls that could not take everything
  counter volatile_dropped;
  counter overflow_dropped;  ///< messages dropped by drop_oldest, drop_newest, coalesce
  counter slow_consumers;    ///< connections closed by their queue's bounds
  counter overload_closed;   ///< connections closed by a bound of the whole node
  counter relayed_requests;  ///< requests sent on to the node of their session
  counter relayed_served;    ///< requests that came to another node, answered here
  counter tunnels;           ///< gauge: WebSockets of clients here, of sessions on other nodes
  counter tunnelled;         ///< gauge: WebSockets of sessions here, of clients on other nodes
  counter tunnel_bytes_in;   ///< from clients into tunnels
  counter tunnel_bytes_out;  ///< from tunnels to clients
};

}  // namespace pushmesh::net
