#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pushmesh::net {

/// Text of a message on a probe channel that marks a place in the row of all that Redis sends
/// (docs/bridge.md, the lease feed): `feed <tag> <number>` where the node of the channel begins to
/// feed the node with this tag, `switch <number>` where the own Redis of the node of the channel is
/// back. Whoever reaches Redis can publish such a text.
struct feed_marker {
  enum class kind : std::uint8_t { start, stop };
  kind what = kind::start;
  std::string_view tag;      ///< of start: the node that is fed; 6 characters of socket ids
  std::uint64_t number = 0;  ///< of the lease, never 0
};

std::string encode_feed_marker(const feed_marker& m);
/// nullopt: it is none. The tag refers to `text`.
std::optional<feed_marker> decode_feed_marker(std::string_view text) noexcept;

}  // namespace pushmesh::net
