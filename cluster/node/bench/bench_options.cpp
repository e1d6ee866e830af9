#include "cluster/node/bench/bench_options.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string_view>

namespace pushmesh::bench {
namespace {

// A frame of a client larger than this is refused by every server with default limits.
constexpr std::uint64_t max_padding = 900'000;
// The board of deliveries is indexed by 32 bits per broadcast, connections by 32 bits per process.
constexpr std::uint64_t max_connections = 10'000'000;

bool is_server(std::string_view text) {
  const auto parsed = host_port::parse(text);
  return parsed && parsed->port != 0;
}

bool is_ipv4(const std::string& text) {
  in_addr parsed;
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1;
}

// Blanks and control characters would end the request line.
bool is_request_path(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (const char c : text)
    if (c <= ' ' || c == 0x7f) return false;
  return true;
}

// What ends a namespace in a packet must not be in its name.
bool is_namespace(std::string_view text) {
  return is_request_path(text) && text.find_first_of(",?") == std::string_view::npos;
}

std::string find_wrong_address(const bench_options& o) {
  if (o.urls.empty()) return "--url: at least one HOST:PORT is needed";
  for (const auto& url : o.urls)
    if (!is_server(url)) return "--url: expected HOST:PORT, got \"" + url + "\"";
  for (const auto& source : o.sources)
    if (!is_ipv4(source)) return "--source: expected an IPv4 address, got \"" + source + "\"";
  if (!o.publish_url.empty() && !parse_publish_url(o.publish_url))
    return "--publish-url: expected HOST:PORT/PATH, got \"" + o.publish_url + "\"";
  return {};
}

}  // namespace

std::optional<publish_target> parse_publish_url(const std::string& url) {
  std::string_view rest = url;
  if (constexpr std::string_view scheme = "http://"; rest.starts_with(scheme))
    rest.remove_prefix(scheme.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos || !is_request_path(rest.substr(slash))) return std::nullopt;
  if (!is_server(rest.substr(0, slash))) return std::nullopt;
  return publish_target{*host_port::parse(rest.substr(0, slash)), std::string(rest.substr(slash))};
}

std::string find_mistake(const bench_options& o) {
  if (auto wrong = find_wrong_address(o); !wrong.empty()) return wrong;
  if (!is_request_path(o.path)) return "--path: expected /PATH, got \"" + o.path + "\"";
  if (!is_namespace(o.nsp)) return "--namespace: expected /NAME, got \"" + o.nsp + "\"";
  if (o.connections == 0 || o.connections > max_connections)
    return "--connections: expected 1 to " + std::to_string(max_connections);
  if (o.in_flight == 0) return "--in-flight: expected at least 1";
  if (!(o.rate >= 0)) return "--rate: expected connections per second, 0 or more";
  if (!(o.echo_rate >= 0)) return "--echo-rate: expected round trips per second, 0 or more";
  if (!(o.stall >= 0 && o.stall <= 1)) return "--stall: expected a share from 0% to 100%";
  if (o.connect_timeout.count() <= 0 || o.connect_timeout > std::chrono::hours(1))
    return "--connect-timeout: expected a time above 0, at most 1h";
  if (o.size > max_padding)
    return "--size: expected at most " + std::to_string(max_padding) + " bytes";
  if (!o.publish_url.empty() && o.broadcast_every.count() == 0)
    return "--publish-url: --broadcast-every says how often, and is missing";
  return {};
}

}  // namespace pushmesh::bench
