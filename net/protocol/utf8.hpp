#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pushmesh::net {

/// Validates UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) that
/// arrives in pieces. Four bytes of state, so that it fits an idle connection.
class utf8_validator {
 public:
  /// Returns false as soon as the bytes so far cannot start a valid text.
  bool feed(std::string_view piece) noexcept;
  /// True when no character is left unfinished.
  bool complete() const noexcept { return due_ == 0; }
  void reset() noexcept { *this = {}; }

 private:
  std::uint8_t due_ = 0;     // continuation bytes still expected
  std::uint8_t low_ = 0x80;  // bounds of the next continuation byte
  std::uint8_t high_ = 0xBF;
};

/// Whole text at once.
bool is_valid_utf8(std::string_view text) noexcept;

/// `text` with U+FFFD in place of each byte sequence that is no character, cut as browsers do
/// (WHATWG Encoding, maximal subparts).
std::string replace_invalid_utf8(std::string_view text);

}  // namespace pushmesh::net
