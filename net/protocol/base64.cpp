#include "net/protocol/base64.hpp"

#include <array>
#include <cstdint>

namespace pushmesh::net {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 64;

constexpr auto digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::uint8_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = i;
  return table;
}();

std::uint32_t byte(std::string_view s, std::size_t i) noexcept {
  return static_cast<unsigned char>(s[i]);
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto start = out.size();
  out.resize(start + base64_size(bytes.size()), '=');
  char* to = out.data() + start;
  std::size_t i = 0;
  for (; bytes.size() - i >= 3; i += 3) {
    const auto bits = byte(bytes, i) << 16 | byte(bytes, i + 1) << 8 | byte(bytes, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) *to++ = alphabet[bits >> shift & 63];
  }
  const auto left = bytes.size() - i;
  if (left == 0) return;
  const auto bits = byte(bytes, i) << 16 | (left == 2 ? byte(bytes, i + 1) << 8 : 0);
  *to++ = alphabet[bits >> 18 & 63];
  *to++ = alphabet[bits >> 12 & 63];
  if (left == 2) *to = alphabet[bits >> 6 & 63];
}

bool decode_base64(std::string_view text, std::string& out) {
  out.clear();
  // Two padding characters at most, and only where they complete a group of four.
  if (text.size() % 4 == 0)
    for (int n = 0; n < 2 && text.ends_with('='); ++n) text.remove_suffix(1);
  if (text.size() % 4 == 1) return false;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit) return false;
    bits = bits << 6 | digit;
    if (held += 6; held >= 8) out += static_cast<char>(bits >> (held -= 8) & 0xFF);
  }
  return true;
}

}  // namespace pushmesh::net
