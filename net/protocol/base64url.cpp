#include "net/protocol/base64url.hpp"

#include <cstdint>

namespace pushmesh::net {
namespace {

// 64: not a digit.
constexpr std::uint32_t digit_of(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '-') return 62;
  if (c == '_') return 63;
  return 64;
}

}  // namespace

bool decode_base64url(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 == 1) return false;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;  // those of the last digits that are not out yet: at most 12
  int held = 0;
  for (const char c : text) {
    const auto digit = digit_of(c);
    if (digit == 64) return false;
    bits = (bits << 6 | digit) & 0xFFF;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFF);
  }
  return (bits & ((1u << held) - 1)) == 0;
}

}  // namespace pushmesh::net
