#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushmesh {

/// An address as options write it: `127.0.0.1:3000`, `[::1]:3000`, `localhost:0`.
struct host_port {
  std::string host;  ///< without brackets
  std::uint16_t port = 0;

  static std::optional<host_port> parse(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']') && host.size() > 2)
      host = host.substr(1, host.size() - 2);
    else if (host.find(':') != host.npos)
      return std::nullopt;  // IPv6 needs brackets
    host_port result{std::string(host), 0};
    const auto* const end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, result.port);
    if (error != std::errc{} || at != end || digits.empty()) return std::nullopt;
    return result;
  }

  std::string str() const {
    const auto v6 = host.find(':') != host.npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
};

}  // namespace pushmesh
