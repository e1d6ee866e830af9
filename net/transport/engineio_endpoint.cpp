#include "net/transport/engineio_endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/transport/websocket_handshake.hpp"

namespace pushmesh::net {
namespace {

// `*` at the end of a pattern stands for anything.
bool matches(std::string_view name, std::string_view pattern) noexcept {
  if (!pattern.ends_with('*')) return name == pattern;
  pattern.remove_suffix(1);
  return name.starts_with(pattern);
}

bool is_listed(const transport_options& options, std::string_view origin) noexcept {
  const auto& all = options.origins;
  return std::find(all.begin(), all.end(), origin) != all.end();
}

// An origin is scheme://host[:port] (RFC 6454 section 6.2). Browsers write both in lower case.
bool is_page_of(std::string_view host, std::string_view origin) noexcept {
  const auto scheme_end = origin.find("://");
  return !host.empty() && scheme_end != origin.npos && origin.substr(scheme_end + 3) == host;
}

bool any_origin(const transport_options& options) noexcept {
  return options.origins.empty() || is_listed(options, "*");
}

std::int64_t unix_time_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

tl::expected<engineio_request, errc> admit_engineio(const http_head& request,
                                                    const transport_options& options) {
  const auto refuse = [](errc e) { return tl::make_unexpected(e); };
  const auto parsed = parse_engineio_request(split_target(request.target).second);
  if (!parsed && parsed.error() == errc::transport_unknown) return refuse(parsed.error());
  // Polling sessions do not exist yet, so no sid can be known.
  if (parsed && !parsed->sid.empty()) return refuse(errc::session_unknown);
  if (request.method != "GET") return refuse(errc::bad_handshake_method);
  if (!origin_allowed(request.header("origin"), options, request.header("host")))
    return refuse(errc::forbidden);
  if (!parsed) return refuse(parsed.error());
  if (parsed->version != 4) return refuse(errc::unsupported_version);
  if (parsed->transport != transport_kind::websocket) return refuse(errc::transport_unknown);
  if (!asks_for_websocket(request)) return refuse(errc::bad_request);
  return *parsed;
}

bool origin_allowed(std::string_view origin, const transport_options& options,
                    std::string_view host) noexcept {
  return origin.empty() || any_origin(options) || is_listed(options, origin) ||
         (is_listed(options, "self") && is_page_of(host, origin));
}

http_response engineio_refusal_response(errc e, const http_head& request,
                                        const transport_options& options) {
  auto refusal = refusal_of(e);
  http_response answer{refusal.status, "application/json", std::move(refusal.body), {}};
  const auto origin = request.header("origin");
  if (options.origins.empty()) return answer;
  if (any_origin(options)) {
    answer.headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else if (!origin.empty() && origin_allowed(origin, options, request.header("host"))) {
    answer.headers.emplace_back("Access-Control-Allow-Origin", origin);
    answer.headers.emplace_back("Vary", "Origin");
  }
  return answer;
}

handshake make_handshake(const http_head& request, std::string_view address,
                         const transport_options& options) {
  handshake::source about{.target = request.target,
                          .address = address,
                          .headers = {},
                          .issued_ms = unix_time_ms(),
                          .secure = false};
  const auto& kept = options.kept_headers;
  for (auto& header : request.headers) {
    const auto wanted = [&](const std::string& pattern) { return matches(header.first, pattern); };
    if (std::any_of(kept.begin(), kept.end(), wanted)) about.headers.push_back(header);
  }
  return handshake(about);
}

}  // namespace pushmesh::net
