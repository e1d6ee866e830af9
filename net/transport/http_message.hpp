#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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

/// Takes the answer to a request that was not answered at once. Any thread; the first call counts.
using http_reply = std::function<void(http_response)>;

/// What answers the plain HTTP requests of a listener: a handler, or more than that. All of it runs
/// on the shard that took the request.
struct http_service {
  http_service() = default;
  template <class Handler>
  requires std::is_invocable_r_v<http_response, Handler&, const http_request&> http_service(
      Handler handler) {
    if (http_handler h = std::move(handler))
      answer = [h = std::move(h)](const http_request& r, const http_reply&) {
        return std::optional(h(r));
      };
  }
  explicit operator bool() const noexcept { return answer != nullptr; }

  /// Looks at a request whose body is not read yet, and left out. An answer refuses it: the body
  /// is not waited for, and the connection closed when there is one. Empty: all may come.
  std::function<std::optional<http_response>(const http_request& head)> judge{};
  /// Answers a whole request; nullopt: `reply` will be called, and the connection waits for that.
  std::function<std::optional<http_response>(http_request, http_reply)> answer{};
  /// The form of what the transport answers by itself: 400, 408, 413, 431, 500 or 503. Empty: the
  /// reason as text.
  std::function<http_response(int status)> refuse{};
};

}  // namespace pushmesh::net
