#include "net/transport/engineio_endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/transport/address_set.hpp"
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

bool is_preflight(const http_head& request) noexcept {
  return request.method == "OPTIONS" && !request.header("access-control-request-method").empty();
}

std::int64_t unix_time_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

engineio_step judge_engineio(const http_head& request, const transport_options& options) {
  using enum engineio_step::action;
  const auto refuse_with = [](errc e) { return engineio_step{refuse, e}; };
  if (is_preflight(request) && !options.origins.empty()) return {preflight};

  const auto parsed = parse_engineio_request(split_target(request.target).second);
  if (!parsed && parsed.error() == errc::transport_unknown) return refuse_with(parsed.error());
  const bool is_new = !parsed || parsed->sid.empty();
  if (is_new && request.method != "GET") return refuse_with(errc::bad_handshake_method);
  if (!origin_allowed(request.header("origin"), options, request.header("host")))
    return refuse_with(errc::forbidden);
  if (!parsed) return refuse_with(parsed.error());

  const bool upgrades = asks_for_websocket(request);
  const bool polls = parsed->transport == transport_kind::polling;
  if (upgrades && polls) return refuse_with(errc::bad_request);
  if (!is_new) return {upgrades ? upgrade : ask_session, {}, *parsed};
  if (parsed->version == 3 && !options.allow_eio3)
    return {refuse, errc::unsupported_version, *parsed};
  if (!upgrades && !polls) return refuse_with(errc::bad_request);
  return {open, {}, *parsed};
}

bool origin_allowed(std::string_view origin, const transport_options& options,
                    std::string_view host) noexcept {
  return origin.empty() || any_origin(options) || is_listed(options, origin) ||
         (is_listed(options, "self") && is_page_of(host, origin));
}

std::vector<std::pair<std::string, std::string>> cors_headers(const http_head& request,
                                                              const transport_options& options) {
  const auto origin = request.header("origin");
  if (options.origins.empty()) return {};
  if (any_origin(options)) return {{"Access-Control-Allow-Origin", "*"}};
  if (origin.empty() || !origin_allowed(origin, options, request.header("host"))) return {};
  // A page that is named may send cookies, as it may with a WebSocket.
  return {{"Access-Control-Allow-Origin", std::string(origin)},
          {"Access-Control-Allow-Credentials", "true"},
          {"Vary", "Origin"}};
}

http_response preflight_response(const http_head& request, const transport_options& options) {
  http_response answer{204, {}, {}, cors_headers(request, options)};
  answer.headers.emplace_back("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE");
  const auto wanted = request.header("access-control-request-headers");
  if (!wanted.empty()) answer.headers.emplace_back("Access-Control-Allow-Headers", wanted);
  return answer;
}

http_response engineio_refusal_response(errc e, const http_head& request,
                                        const transport_options& options) {
  auto refusal = refusal_of(e);
  return {refusal.status, "application/json", std::move(refusal.body),
          cors_headers(request, options)};
}

handshake make_handshake(const http_head& request, const request_origin& origin,
                         const transport_options& options) {
  std::string client;  // behind a proxy
  if (!options.trusted_proxies.empty() && !options.proxy_protocol)
    client = forwarded_client(origin.address, request.header("x-forwarded-for"),
                              address_set(options.trusted_proxies));
  handshake::source about{.target = request.target,
                          .address = client.empty() ? origin.address : std::string_view(client),
                          .certificate = origin.certificate,
                          .headers = {},
                          .issued_ms = unix_time_ms(),
                          .secure = origin.secure};
  const auto& kept = options.kept_headers;
  for (auto& header : request.headers) {
    const auto wanted = [&](const std::string& pattern) { return matches(header.first, pattern); };
    if (std::any_of(kept.begin(), kept.end(), wanted)) about.headers.push_back(header);
  }
  return handshake(about);
}

}  // namespace pushmesh::net
