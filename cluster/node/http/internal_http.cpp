#include "cluster/node/http/internal_http.hpp"

#include <string_view>
#include <utility>

#include "cluster/node/http/api/api_service.hpp"
#include "cluster/node/http/health_report.hpp"
#include "cluster/node/http/http_errors.hpp"

namespace pushmesh::http {
namespace {

bool is_verbose(std::string_view target) noexcept {
  const auto mark = target.find('?');
  return mark != target.npos && target.substr(mark + 1).starts_with("verbose");
}

// What is wrong with a request that needs no key.
std::optional<net::http_response> refusal_of(const net::http_request& request) {
  const auto path = path_of(request);
  const bool known = path == "/livez" || path == "/readyz" || path == "/metrics";
  if (!known) return error_response(404, "not_found", "there is nothing at " + std::string(path));
  if (request.method != "GET" && request.method != "HEAD") return method_not_allowed();
  if (has_body(request)) return no_body_taken();
  return std::nullopt;
}

}  // namespace

internal_http::internal_http(std::function<std::string()> metrics,
                             std::function<std::vector<component_health>()> health,
                             std::shared_ptr<api_service> api)
    : metrics_(std::move(metrics)), health_(std::move(health)), api_(std::move(api)) {}

bool internal_http::is_for_api(const net::http_request& request) const noexcept {
  return api_ && path_of(request).starts_with("/api/");
}

std::optional<net::http_response> internal_http::judge(const net::http_request& head) const {
  if (!is_for_api(head)) return refusal_of(head);
  return phase_ == node_phase::serving ? api_->judge(head) : ready();
}

net::http_service internal_http::service() const {
  net::http_service s;
  s.judge = [this](const auto& head) { return judge(head); };
  s.answer = [this](net::http_request request, net::http_reply reply) {
    return is_for_api(request) ? api_->answer(std::move(request), std::move(reply))
                               : std::optional(answer(request));
  };
  s.refuse = refused_request;
  return s;
}

net::http_response internal_http::answer(const net::http_request& request) const {
  if (auto refusal = refusal_of(request)) return *refusal;
  const auto path = path_of(request);
  if (path == "/livez") return {200, "text/plain; charset=UTF-8", "ok", {}};
  if (path == "/metrics") return metrics();
  return is_verbose(request.target) ? ready_in_detail() : ready();
}

net::http_response internal_http::ready_in_detail() const {
  const auto phase = phase_.load();
  const auto serving = phase == node_phase::serving;
  std::vector<component_health> parts;
  if (serving)
    parts = health_();
  else
    parts.push_back({"node",
                     health_state::degraded,
                     phase == node_phase::starting ? "it is starting" : "it is stopping",
                     {}});
  return {serving ? 200 : 503, "application/json", health_report(serving, parts), {}};
}

net::http_response internal_http::ready() const {
  const auto phase = phase_.load();
  if (phase == node_phase::serving) return {200, "text/plain; charset=UTF-8", "ok", {}};
  return unavailable(phase == node_phase::starting ? "the node is starting"
                                                   : "the node is stopping");
}

net::http_response internal_http::metrics() const {
  // The counters belong to the server, which must not be asked before it started.
  if (phase_ == node_phase::starting) return unavailable("the node is starting");
  return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_(), {}};
}

}  // namespace pushmesh::http
