#include "cluster/node/http/api/api_service.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "cluster/node/http/http_errors.hpp"
#include "net/transport/http_head.hpp"

namespace pushmesh::http {
namespace {

bool is_json(const net::http_request& head) noexcept {
  const auto type = head.header("content-type");
  const auto name = type.substr(0, type.find(';'));
  const auto end = name.find_last_not_of(' ');
  return net::equals_ignoring_case(name.substr(0, end + 1), "application/json");
}

// Only POST has a body here.
std::optional<net::http_response> judge_body(const net::http_request& head) {
  if (head.method != "POST") return has_body(head) ? std::optional(no_body_taken()) : std::nullopt;
  if (!is_json(head))
    return error_response(415, "bad_request",
                          "the body must be JSON and say so: Content-Type: application/json");
  const auto coding = head.header("content-encoding");
  if (!coding.empty() && !net::equals_ignoring_case(coding, "identity"))
    return error_response(415, "bad_request", "the body must not be compressed");
  return std::nullopt;
}

net::http_response other_method(const net::http_request& head, const std::string& allow) {
  auto response = head.method == "OPTIONS"
                      ? net::http_response{204, {}, {}, {}}
                      : error_response(405, "bad_request", "this answers " + allow + " only");
  response.headers.emplace_back("Allow", allow);
  return response;
}

net::http_response nothing_there(const net::http_request& head) {
  return error_response(404, "not_found", "there is nothing at " + std::string(path_of(head)));
}

net::http_response bad_path(const net::http_request&) {
  return error_response(400, "bad_request",
                        "the target is no path as RFC 3986 has it, or a part of it is no text");
}

}  // namespace

std::optional<net::http_response> api_service::judge(const net::http_request& head) const {
  const auto scopes = access_->admit(head, api_access::clock::now());
  if (!scopes) return scopes.error();
  const auto m = routes_.match(head.method, head.target);
  switch (m.what) {
    case route_match::kind::bad_path:
      return bad_path(head);
    case route_match::kind::unknown:
      return nothing_there(head);
    case route_match::kind::other_method:
      return other_method(head, m.allow);
    case route_match::kind::found:
      break;
  }
  if (!scopes->include(m.route->needs))
    return error_response(
        403, "forbidden",
        "the key has not the scope \"" + std::string(to_string(m.route->needs)) + "\"");
  return judge_body(head);
}

std::optional<net::http_response> api_service::answer(net::http_request request,
                                                      net::http_reply reply) const {
  auto m = routes_.match(request.method, request.target);
  if (m.what != route_match::kind::found) return nothing_there(request);  // judge() has refused it
  return m.route->handler({std::move(request), std::move(m.parameters)}, std::move(reply));
}

}  // namespace pushmesh::http
