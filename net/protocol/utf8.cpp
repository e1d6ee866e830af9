#include "net/protocol/utf8.hpp"

#include <cstring>

namespace pushmesh::net {
namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080;

const char* skip_ascii(const char* p, const char* end) noexcept {
  for (; end - p >= 8; p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    if (word & high_bits) break;
  }
  while (p != end && static_cast<unsigned char>(*p) < 0x80) ++p;
  return p;
}

struct expectation {
  std::uint8_t due;  // 0: no valid lead byte
  std::uint8_t low;
  std::uint8_t high;
};

// RFC 3629 section 4: the bounds of the second byte shut out overlong forms, surrogates and
// everything above U+10FFFF.
constexpr expectation after_lead(unsigned char c) noexcept {
  if (c < 0xC2) return {0, 0, 0};
  if (c < 0xE0) return {1, 0x80, 0xBF};
  if (c == 0xE0) return {2, 0xA0, 0xBF};
  if (c == 0xED) return {2, 0x80, 0x9F};
  if (c < 0xF0) return {2, 0x80, 0xBF};
  if (c == 0xF0) return {3, 0x90, 0xBF};
  if (c < 0xF4) return {3, 0x80, 0xBF};
  if (c == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool utf8_validator::feed(std::string_view piece) noexcept {
  const char* p = piece.data();
  const char* const end = p + piece.size();
  expectation next{due_, low_, high_};
  while (p != end) {
    if (next.due == 0) {
      p = skip_ascii(p, end);
      if (p == end) break;
      next = after_lead(static_cast<unsigned char>(*p++));
      if (next.due == 0) {
        // No byte fits these bounds: a validator that failed stays failed.
        due_ = 1;
        low_ = 0xFF;
        high_ = 0;
        return false;
      }
      continue;
    }
    const auto c = static_cast<unsigned char>(*p++);
    if (c < next.low || c > next.high) {
      due_ = 1;
      low_ = 0xFF;
      high_ = 0;
      return false;
    }
    next = {static_cast<std::uint8_t>(next.due - 1), 0x80, 0xBF};
  }
  due_ = next.due;
  low_ = next.low;
  high_ = next.high;
  return true;
}

bool is_valid_utf8(std::string_view text) noexcept {
  utf8_validator v;
  return v.feed(text) && v.complete();
}

std::string replace_invalid_utf8(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string out;
  out.reserve(text.size());
  utf8_validator state;
  std::size_t begun = 0;  // first byte of the character at hand
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (state.feed(text.substr(i, 1))) {
      if (!state.complete()) continue;
      out += text.substr(begun, i + 1 - begun);
      begun = i + 1;
      continue;
    }
    state.reset();
    out += replacement;
    // The byte that broke a character off may begin the next one.
    if (i > begun) --i;
    begun = i + 1;
  }
  if (!state.complete()) out += replacement;
  return out;
}

}  // namespace pushmesh::net
