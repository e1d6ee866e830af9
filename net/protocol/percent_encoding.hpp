#pragma once

#include <optional>
#include <string_view>

namespace pushmesh::net {

/// The value of a hexadecimal digit of either case, -1 when it is none.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte that `text` begins with as %XX (RFC 3986 section 2.1); nullopt when it does not.
constexpr std::optional<char> percent_encoded(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const int high = hex_digit(text[1]), low = hex_digit(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

}  // namespace pushmesh::net
