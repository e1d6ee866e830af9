#include "net/protocol/engineio_request.hpp"

#include <algorithm>
#include <optional>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/percent_encoding.hpp"

namespace pushmesh::net {
namespace {

std::string decode(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (const auto byte = percent_encoded(raw.substr(i))) {
      out += *byte;
      i += 2;
    } else {
      out += raw[i] == '+' ? ' ' : raw[i];
    }
  }
  return out;
}

struct raw_parameter {
  std::string_view name;
  std::string_view value;
};

// Takes the next non-empty `name[=value]` from the front of `query`.
std::optional<raw_parameter> next_parameter(std::string_view& query) noexcept {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto piece = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (piece.empty()) continue;
    const auto equals = std::min(piece.find('='), piece.size());
    return raw_parameter{piece.substr(0, equals), piece.substr(std::min(equals + 1, piece.size()))};
  }
  return std::nullopt;
}

// The parameters an Engine.IO request is judged by, raw. A second `transport` or `EIO` makes the
// request as ambiguous as an unknown value does, so it is refused the same way; of `sid` the first
// counts.
struct wanted_parameters {
  std::optional<std::string_view> transport;
  std::optional<std::string_view> version;
  std::string_view sid;
  bool base64_only = false;
  bool repeated_transport = false;
  bool repeated_version = false;
};

wanted_parameters find_parameters(std::string_view query) {
  wanted_parameters found;
  while (auto p = next_parameter(query)) {
    const std::string name = decode(p->name);
    if (name == "transport") {
      found.repeated_transport = found.transport.has_value();
      if (!found.transport) found.transport = p->value;
    } else if (name == "EIO") {
      found.repeated_version = found.version.has_value();
      if (!found.version) found.version = p->value;
    } else if (name == "sid" && found.sid.empty()) {
      found.sid = p->value;
    } else if (name == "b64" && !p->value.empty()) {
      found.base64_only = true;
    }
  }
  return found;
}

int http_code(errc e) noexcept {
  switch (e) {
    case errc::transport_unknown:
      return 0;
    case errc::session_unknown:
      return 1;
    case errc::bad_handshake_method:
      return 2;
    case errc::forbidden:
    case errc::too_many_connections:
    case errc::connects_too_often:
      return 4;
    case errc::unsupported_version:
      return 5;
    default:
      return 3;
  }
}

int http_status(errc e) noexcept {
  if (e == errc::too_many_connections || e == errc::connects_too_often) return 429;
  return e == errc::forbidden ? 403 : 400;
}

}  // namespace

std::pair<std::string_view, std::string_view> split_target(std::string_view target) noexcept {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return {target, {}};
  return {target.substr(0, mark), target.substr(mark + 1)};
}

std::vector<query_parameter> parse_query(std::string_view query) {
  std::vector<query_parameter> all;
  while (auto p = next_parameter(query)) all.push_back({decode(p->name), decode(p->value)});
  return all;
}

tl::expected<engineio_request, errc> parse_engineio_request(std::string_view query) {
  const auto found = find_parameters(query);
  engineio_request request;
  request.sid = found.sid;
  request.base64_only = found.base64_only;

  const std::string transport = decode(found.transport.value_or(""));
  if (found.repeated_transport || (transport != "websocket" && transport != "polling"))
    return tl::make_unexpected(errc::transport_unknown);
  request.transport = transport == "polling" ? transport_kind::polling : transport_kind::websocket;

  const std::string version = decode(found.version.value_or(""));
  const bool known = !found.repeated_version && (version == "3" || version == "4");
  if (!known && request.sid.empty()) return tl::make_unexpected(errc::unsupported_version);
  if (known) request.version = version == "3" ? 3 : 4;
  return request;
}

engineio_refusal refusal_of(errc e) {
  const int code = http_code(e);
  const errc worded = code == 3 ? errc::bad_request : e;
  std::string body = "{\"code\":" + std::to_string(code) + ",\"message\":";
  append_json_string(body, to_string(worded));
  body += '}';
  return {http_status(worded), std::move(body)};
}

}  // namespace pushmesh::net
