#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/protocol/errc.hpp"
#include "net/transport/http_head.hpp"

namespace pushmesh::net {

/// Whether the client wants this request to become a WebSocket (RFC 6455 section 4.1).
bool asks_for_websocket(const http_head& request) noexcept;

/// The whole 101 answer to an opening handshake (RFC 6455 section 4.2). Of the subprotocols that
/// the client offers the first is accepted, as the official server does: browsers fail without.
/// Errors: bad_request.
tl::expected<std::string, errc> accept_websocket(const http_head& request);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept_key(std::string_view key);

}  // namespace pushmesh::net
