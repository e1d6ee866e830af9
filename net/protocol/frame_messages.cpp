#include "net/protocol/frame_messages.hpp"

#include <algorithm>
#include <cstdint>

namespace pushmesh::net {
namespace {

std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

std::optional<frame_message> take_message(std::string_view& bytes) noexcept {
  if (bytes.size() < 2) return std::nullopt;
  const auto kind = static_cast<ws_opcode>(bytes[0] & 0x0F);
  const auto said = static_cast<unsigned char>(bytes[1]);
  const std::size_t more = said < 126 ? 0 : said == 126 ? 2 : 8;
  const std::uint64_t size = more == 0 ? said : big_endian(bytes.substr(2, more));
  bytes.remove_prefix(std::min(2 + more, bytes.size()));
  const auto payload = bytes.substr(0, size);
  bytes.remove_prefix(payload.size());
  return frame_message{kind, payload};
}

}  // namespace pushmesh::net
