#include "cluster/node/http/http_errors.hpp"

#include <string>

#include "actors/api/json_writer.hpp"
#include "cluster/node/log/log_format.hpp"

namespace pushmesh::http {

std::string_view path_of(const net::http_request& request) noexcept {
  const std::string_view target = request.target;
  return target.substr(0, target.find('?'));
}

net::http_response error_response(int status, std::string_view code, std::string_view message) {
  std::string body = "{\"error\":{\"code\":";
  append_json(body, code);
  body += ",\"message\":";
  append_json(body, log::as_utf8(message));
  body += "}}";
  return {status, "application/json", std::move(body), {}};
}

net::http_response method_not_allowed() {
  auto response = error_response(405, "bad_request", "only GET is answered here");
  response.headers.emplace_back("Allow", "GET");
  return response;
}

}  // namespace pushmesh::http
