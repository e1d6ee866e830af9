#pragma once

// Replaces invalid UTF-8 by arithmetic on code points, where net/protocol has tables of bytes;
// shared by the unit tests and the fuzz target.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushmesh::net::test {

/// Length of the character that `lead` begins, 0 when it begins none.
inline std::size_t character_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >> 5 == 0b110) return 2;
  if (lead >> 4 == 0b1110) return 3;
  if (lead >> 3 == 0b11110) return 4;
  return 0;
}

/// True when some bytes behind `head` make one character of it: no overlong form, no surrogate,
/// nothing above U+10FFFF (RFC 3629 section 3).
inline bool begins_character(std::string_view head) {
  const auto lead = static_cast<unsigned char>(head.front());
  const std::size_t length = character_length(lead);
  if (length < head.size()) return false;
  if (length == 1) return true;
  // The code points that can be reached lie between `least` and `most`.
  std::uint32_t least = lead & (0x7Fu >> length);
  std::uint32_t most = least;
  for (std::size_t i = 1; i < length; ++i) {
    std::uint32_t low = 0;
    std::uint32_t high = 0x3F;
    if (i < head.size()) {
      const auto c = static_cast<unsigned char>(head[i]);
      if (c >> 6 != 0b10) return false;
      low = high = c & 0x3Fu;
    }
    least = least << 6 | low;
    most = most << 6 | high;
  }
  constexpr std::uint32_t shortest[] = {0x80, 0x800, 0x10000};
  const bool only_surrogates = least >= 0xD800 && most <= 0xDFFF;
  return most >= shortest[length - 2] && least <= 0x10FFFF && !only_surrogates;
}

/// What replace_invalid_utf8 must return: one U+FFFD for each longest beginning of a character, or
/// for one byte where none begins.
inline std::string replaced(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t taken = 1;
    while (taken < text.size() && begins_character(text.substr(0, taken + 1))) ++taken;
    const auto piece = text.substr(0, taken);
    const bool whole = begins_character(piece) &&
                       character_length(static_cast<unsigned char>(piece.front())) == taken;
    out += whole ? piece : "\xEF\xBF\xBD";
    text.remove_prefix(taken);
  }
  return out;
}

}  // namespace pushmesh::net::test
