#pragma once

#include <string_view>

#include "net/transport/http_message.hpp"

namespace pushmesh::http {

/// The path of a request, without its query.
std::string_view path_of(const net::http_request& request) noexcept;

/// `{"error":{"code":..,"message":..}}`
net::http_response error_response(int status, std::string_view code, std::string_view message);

/// 405 for what only answers GET (RFC 9110 section 15.5.6).
net::http_response method_not_allowed();

}  // namespace pushmesh::http
