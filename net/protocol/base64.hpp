#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pushmesh::net {

/// Characters that `bytes` bytes become, padding included (RFC 4648 section 4).
constexpr std::size_t base64_size(std::size_t bytes) noexcept {
  return (bytes + 2) / 3 * 4;
}

/// Appends `bytes` in base64 with padding.
void append_base64(std::string& out, std::string_view bytes);

/// Replaces `out` by the bytes of `text`. Padding may be missing, nothing else may be wrong: false
/// for other characters (those of base64url included), for padding within and for a length that no
/// bytes have. Bits that stand for no byte are ignored, as the official server does.
bool decode_base64(std::string_view text, std::string& out);

}  // namespace pushmesh::net
