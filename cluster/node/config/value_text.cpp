#include "cluster/node/config/value_text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>
#include <cstdio>
#include <limits>
#include <span>

namespace pushmesh::config {
namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first, as they are looked for when a value is shown.
constexpr unit size_units[] = {
    {"GiB", std::uint64_t{1} << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};
constexpr unit time_units[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const unit> units) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_whole(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const auto& u : units) {
    if (text.substr(digits) != u.name) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / u.factor) return std::nullopt;
    return *number * u.factor;
  }
  return std::nullopt;
}

const unit& largest_divisor(std::uint64_t value, std::span<const unit> units) {
  for (const auto& u : units)
    if (value % u.factor == 0) return u;
  return units.back();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_ip_address(int family, const std::string& host) {
  in6_addr room;  // as large as either
  return inet_pton(family, host.c_str(), &room) == 1;
}

}  // namespace

std::optional<std::uint64_t> parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (const auto bytes = parse_whole(text)) return bytes;
  return parse_with_unit(text, size_units);
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  const auto& u = largest_divisor(bytes, size_units);
  return std::to_string(bytes / u.factor) + (u.factor == 1 ? "" : std::string(u.name));
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::milliseconds{0};
  const auto ms = parse_with_unit(text, time_units);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds{*ms};
}

std::string format_duration(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  if (ms == 0) return "0";
  const auto& u = largest_divisor(ms, time_units);
  return std::to_string(ms / u.factor) + std::string(u.name);
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  if (trimmed(text).empty()) return items;
  for (;;) {
    const auto comma = text.find(',');
    items.emplace_back(trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned char>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::optional<host_port> parse_address(std::string_view text) {
  auto parsed = host_port::parse(text);
  if (!parsed) return std::nullopt;
  const bool valid = text.starts_with('[')
                         ? is_ip_address(AF_INET6, parsed->host)
                         : parsed->host == "localhost" || is_ip_address(AF_INET, parsed->host);
  return valid ? parsed : std::nullopt;
}

bool is_loopback(std::string_view text) {
  const auto parsed = parse_address(text);
  if (!parsed) return false;
  return parsed->host == "localhost" || parsed->host == "::1" || parsed->host.starts_with("127.");
}

}  // namespace pushmesh::config
