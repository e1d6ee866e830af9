#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/protocol/errc.hpp"

namespace pushmesh::net {

/// How the packets of one HTTP body are put behind each other.
enum class payload_form : std::uint8_t {
  v4,        ///< items joined by 0x1e; binary is `b` + base64 (Engine.IO protocol 4)
  v3_text,   ///< `<length>:<item>`, length in UTF-16 code units; binary is `b4` + base64
  v3_binary  ///< per item 00|01, decimal digits as bytes 0..9, ff; lengths in bytes
};

/// One packet of a body: text with its type digit (not checked further), or the bytes of a binary
/// message.
struct payload_item {
  std::string_view data;
  bool is_binary = false;
};

/// Takes a body apart, item by item. Views are valid until the next call of next(); the body must
/// outlive the reader. Nothing is allocated but the bytes of one binary item.
class payload_reader {
 public:
  payload_reader(payload_form form, std::string_view body) noexcept : rest_(body), form_(form) {}

  /// The next item; nullopt behind the last one. After an error the reader must not be used again.
  /// Errors: empty_packet (an empty body, too), bad_payload_framing (lengths, base64, types of
  /// binary items), invalid_text (not UTF-8).
  tl::expected<std::optional<payload_item>, errc> next();

 private:
  using result = tl::expected<std::optional<payload_item>, errc>;
  result next_v4();
  result next_v3_text();
  result next_v3_binary();
  result text(std::string_view item) const;
  result decoded(std::string_view base64);

  std::string_view rest_;
  std::string bytes_;
  payload_form form_;
  bool may_end_ = false;
};

/// Appends one item to a body.
void append_payload_item(std::string& body, payload_form form, payload_item item);

/// Length of valid UTF-8 in UTF-16 code units, which is what JavaScript counts.
std::size_t utf16_length(std::string_view utf8) noexcept;

}  // namespace pushmesh::net
