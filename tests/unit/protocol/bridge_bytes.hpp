#pragma once

#include <string>
#include <string_view>

namespace pushmesh::test {

/// Bytes from hexadecimal digits in lower case.
inline std::string from_hex(std::string_view digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(value(digits[i]) * 16 + value(digits[i + 1]));
  return bytes;
}

inline std::string to_hex(std::string_view bytes) {
  std::string digits;
  for (const unsigned char c : bytes) {
    digits += "0123456789abcdef"[c >> 4];
    digits += "0123456789abcdef"[c & 15];
  }
  return digits;
}

}  // namespace pushmesh::test
