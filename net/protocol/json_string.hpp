#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace pushmesh::net {

/// Returns the first byte in [p, end) that a JSON string may not contain as it is: a quote, a
/// backslash or a control character below 0x20; `end` when there is none.
inline const char* find_special_byte(const char* p, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  for (; end - p >= 8; p += 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    const std::uint64_t quote = word ^ (ones * '"');
    const std::uint64_t slash = word ^ (ones * '\\');
    // The high bit of a byte below the bound is set; borrows only spoil bytes above such a byte.
    const std::uint64_t hits =
        (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) &
        highs;
    if (hits == 0) continue;
    if constexpr (std::endian::native == std::endian::little) return p + std::countr_zero(hits) / 8;
    break;
  }
  while (p != end && static_cast<unsigned char>(*p) >= 0x20 && *p != '"' && *p != '\\') ++p;
  return p;
}

}  // namespace pushmesh::net
