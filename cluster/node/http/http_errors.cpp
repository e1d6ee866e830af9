#include "cluster/node/http/http_errors.hpp"

#include <string>

#include "actors/api/json_writer.hpp"
#include "cluster/node/log/log_format.hpp"

namespace pushmesh::http {

std::string_view path_of(const net::http_request& request) noexcept {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

net::http_response error_response(int status, std::string_view code, std::string_view message,
                                  std::string_view field) {
  std::string body = "{\"error\":{\"code\":";
  append_json(body, code);
  body += ",\"message\":";
  append_json(body, log::as_utf8(message));
  if (!field.empty()) {
    body += ",\"field\":";
    append_json(body, log::as_utf8(field));
  }
  body += "}}";
  return {status, "application/json", std::move(body), {}};
}

net::http_response method_not_allowed() {
  auto response = error_response(405, "bad_request", "only GET is answered here");
  response.headers.emplace_back("Allow", "GET, HEAD");
  return response;
}

net::http_response unavailable(std::string_view message) {
  auto response = error_response(503, "unavailable", message);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

bool has_body(const net::http_request& head) noexcept {
  return !head.header("transfer-encoding").empty() ||
         head.header("content-length").find_first_not_of('0') != std::string_view::npos;
}

net::http_response no_body_taken() {
  return error_response(413, "too_large", "a request of this kind has no body here");
}

net::http_response refused_request(int status) {
  switch (status) {
    case 413:
      return error_response(status, "too_large", "the body is too long");
    case 431:
      return error_response(status, "too_large", "the head of the request is too long");
    case 500:
      return error_response(status, "unavailable", "the request failed here");
    case 503:
      return unavailable("too many bodies are on their way");
    default:
      return error_response(status, "bad_request", "this is no HTTP request");
  }
}

}  // namespace pushmesh::http
