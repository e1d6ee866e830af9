#include "cluster/node/config/value_checks.hpp"

#include <algorithm>
#include <initializer_list>

#include "cluster/host_port.hpp"
#include "cluster/node/config/value_text.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/redis/redis_url.hpp"

namespace pushmesh::config {
namespace {

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

bool is_one_of(char c, std::initializer_list<std::string_view> sets) {
  return std::any_of(sets.begin(), sets.end(),
                     [c](auto set) { return set.find(c) != std::string_view::npos; });
}

bool consists_of(std::string_view text, std::initializer_list<std::string_view> sets) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_one_of(c, sets); });
}

}  // namespace

bool is_not_empty(std::string_view text) {
  return !text.empty();
}

bool is_address(std::string_view text) {
  return parse_address(text).has_value();
}

bool is_address_or_empty(std::string_view text) {
  return text.empty() || is_address(text);
}

bool is_peer(std::string_view text) {
  const auto where = host_port::parse(text);
  return where && where->port != 0 && text.size() <= 260 &&
         consists_of(where->host, {lower, upper, digits, ".-_:"});
}

bool is_any(std::string_view) {
  return true;
}

bool is_cluster_name(std::string_view text) {
  return !text.empty() && is_node_name(text);
}

bool is_redis_url_or_empty(std::string_view text) {
  return text.empty() || net::redis::parse_redis_url(text).has_value();
}

bool is_node_name(std::string_view text) {
  return text.size() <= 64 && consists_of(text, {lower, upper, digits, ".-_:"});
}

bool is_endpoint_path(std::string_view text) {
  return text.size() > 1 && text.size() <= 256 && text.front() == '/' && text.back() == '/' &&
         consists_of(text, {lower, upper, digits, "/.-_~"});
}

bool is_namespace(std::string_view text) {
  const auto is_plain = [](char c) { return c > ' ' && c != ',' && c != '?' && c != 0x7f; };
  return !text.empty() && text.size() <= 256 && text.front() == '/' &&
         std::all_of(text.begin(), text.end(), is_plain);
}

bool is_event_name(std::string_view text) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7f; };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), is_plain) &&
         !net::is_reserved_event(text);
}

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  const auto colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos) return false;
  const auto host = text.substr(colon + 3);
  return consists_of(text.substr(0, colon), {lower, digits, "+-."}) && !host.empty() &&
         consists_of(host, {lower, upper, digits, ".-:[]"});
}

bool is_header_pattern(std::string_view text) {
  if (text.ends_with('*'))
    text.remove_suffix(1);
  else if (text.empty())
    return false;
  return text.size() <= 64 && consists_of(text, {lower, digits, "-_"});
}

}  // namespace pushmesh::config
