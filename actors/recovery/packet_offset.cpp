#include "actors/recovery/packet_offset.hpp"

namespace pushmesh::actors {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string packet_offset_text(std::uint64_t offset) {
  std::string text(packet_offset_length, 'A');
  for (auto at = text.rbegin(); at != text.rend(); ++at, offset >>= 6) *at = alphabet[offset & 63];
  return text;
}

std::optional<std::uint64_t> parse_packet_offset(std::string_view text) noexcept {
  if (text.size() != packet_offset_length) return std::nullopt;
  std::uint64_t offset = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == alphabet.npos || offset >> 58 != 0) return std::nullopt;
    offset = offset << 6 | digit;
  }
  return offset == 0 ? std::nullopt : std::optional(offset);
}

std::string offset_argument(std::uint64_t offset, bool first) {
  return (first ? "\"" : ",\"") + packet_offset_text(offset) + '"';
}

}  // namespace pushmesh::actors
