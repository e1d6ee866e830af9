#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pushmesh::net {

/// A complete HTTP/1.1 request, as plain values.
struct http_request {
  std::string method;                                        ///< "GET"
  std::string target;                                        ///< origin form, with query
  std::vector<std::pair<std::string, std::string>> headers;  ///< lower-case names
  std::string body;
  std::string address;  ///< peer's IP address
  std::string_view header(std::string_view lower_case_name) const noexcept {
    for (auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return {};
  }
};

/// The answer to one request. Content-Length, Date-less, keep-alive handled by the session.
struct http_response {
  int status = 200;
  std::string content_type = "text/plain; charset=UTF-8";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// Answers plain HTTP requests of a listener, at once, on the shard that took the request.
using http_handler = std::function<http_response(const http_request&)>;

}  // namespace pushmesh::net
