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

net::http_response refused_request(int status) {
  switch (status) {
    case 413:
      return error_response(status, "too_large", "the body is too long");
    case 431:
      return error_response(status, "too_large", "the head of the request is too long");
    case 500:
      return error_response(status, "unavailable", "the request failed here");
    case 503: {
      auto response = error_response(status, "unavailable", "too many bodies are on their way");
      response.headers.emplace_back("Retry-After", "1");
      return response;
    }
    default:
      return error_response(status, "bad_request", "this is no HTTP request");
  }
}

}  // namespace pushmesh::http
