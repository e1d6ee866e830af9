#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "net/transport/listener_role.hpp"

namespace pushmesh::net {

class io_loop;

/// Accepts TCP connections for one loop. Lives on the loop's thread (open() may be called before
/// that runs); destroying it stops it.
class listener {
 public:
  listener(io_loop& loop, listener_role role);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// Listens on `host` (address or name; empty or "*" for all) and returns the port, which for
  /// port 0 the system picks. With `reuse_port` several loops share one port: probe() it first.
  /// The error says why, without the address.
  tl::expected<std::uint16_t, std::string> open(const std::string& host, std::uint16_t port,
                                                bool reuse_port);
  /// Accepts what has already connected, then stops.
  void stop();

  /// Finds out whether nobody else listens there, which SO_REUSEPORT would hide; for port 0 returns
  /// a free one. The error says why, without the address.
  static tl::expected<std::uint16_t, std::string> probe(const std::string& host,
                                                        std::uint16_t port);

 private:
  class acceptor;
  acceptor* acceptor_;  // shared with what is pending on the loop
};

}  // namespace pushmesh::net
