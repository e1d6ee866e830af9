#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pushmesh::net {

/// Why a message on the bridge's channels was not carried out. Values are stable: metrics and logs
/// name them.
enum class bridge_errc : std::uint8_t {
  malformed = 1,         ///< neither MessagePack, new or old, nor (for requests) JSON
  too_large,             ///< bridge_limits::max_message or max_json
  too_deep,              ///< bridge_limits::max_depth
  too_many_elements,     ///< bridge_limits::max_elements
  too_many_attachments,  ///< bridge_limits::max_attachments
  bad_shape,             ///< readable, but not what emitters send
  other_packet,          ///< a packet that is no event
  wrong_channel,         ///< the namespace or the room is not the channel's
  reserved_event,        ///< an event name that clients keep for themselves
  pickled,               ///< Python's pickle: never read
  emitter_0,             ///< socket.io-emitter 0.x, which is not supported
  other_request,         ///< a request that only an official server answers
  switched_off,          ///< a request that this node was not told to carry out
};

constexpr std::size_t bridge_errc_count = 13;

/// A word for metrics: `too_deep`.
std::string_view name_of(bridge_errc e) noexcept;
/// A sentence for logs.
std::string_view to_string(bridge_errc e) noexcept;

}  // namespace pushmesh::net
