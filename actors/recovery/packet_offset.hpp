#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushmesh::actors {

/// A packet's offset names it to clients that come back: the last string a client got as the last
/// argument of an event. Counted by each node from a random start, so that no two packets of a
/// cluster have the same one; the 64 bits are written as 11 characters of base64url.
constexpr std::size_t packet_offset_length = 11;

std::string packet_offset_text(std::uint64_t offset);
/// nullopt when `text` is no offset of ours.
std::optional<std::uint64_t> parse_packet_offset(std::string_view text) noexcept;
/// The offset as a JSON argument, behind a comma unless it is the first one.
std::string offset_argument(std::uint64_t offset, bool first);

}  // namespace pushmesh::actors
