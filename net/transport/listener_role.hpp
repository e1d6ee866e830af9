#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/transport/body_quota.hpp"
#include "net/transport/http_message.hpp"

namespace pushmesh::net {

class tls_server;

/// What a listener serves.
struct listener_role {
  /// Engine.IO on transport_options::path. Without it max_connections does not count here: health
  /// checks must pass on a full node.
  bool engineio = true;
  http_service http;  ///< everything else; empty: 404
  /// Which targets below the Engine.IO path are for `http` all the same; empty: none.
  std::function<bool(std::string_view)> is_for_http{};
  /// Speaks TLS with every client; null: plain.
  std::shared_ptr<const tls_server> tls{};
  /// Bytes of one request body for `http`; more is answered 413.
  std::size_t max_body = 32 * 1024 * 1024;
  /// Bytes of all of them together, until they are answered; what is too much then is answered 503.
  std::shared_ptr<body_quota> bodies = std::make_shared<body_quota>(std::size_t{128} * 1024 * 1024);
  /// Further path prefixes of Engine.IO endpoints; handshake::target() tells them apart.
  std::vector<std::string> more_paths;
};

}  // namespace pushmesh::net
