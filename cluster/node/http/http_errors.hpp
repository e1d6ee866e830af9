#pragma once

#include <string_view>

#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// The path of a request, without its query.
std::string_view path_of(const net::http_request& request) noexcept;

/// `{"error":{"code":..,"message":..,"field":..}}`. `field`: the member of the body that is wrong,
/// with a dot before those inside it; empty: left out.
net::http_response error_response(int status, std::string_view code, std::string_view message,
                                  std::string_view field = {});

/// 405 for what only answers GET and HEAD (RFC 9110 section 15.5.6).
net::http_response method_not_allowed();

/// 503 that says when to come again.
net::http_response unavailable(std::string_view message);

/// Whether a body follows this head, an empty one in chunks included.
bool has_body(const net::http_request& head) noexcept;

/// 413 for a body that nobody would look at.
net::http_response no_body_taken();

/// What the transport refuses by itself, in that form.
net::http_response refused_request(int status);

}  // namespace pushmesh::http
