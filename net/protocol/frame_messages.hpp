#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::net {

/// One message of a frame object, without its WebSocket header.
struct frame_message {
  ws_opcode kind;  ///< text or binary; close, ping and pong where a frame holds those
  std::string_view payload;
};

/// Takes the next message off the front of `bytes`, which are encoded frames of our own: unmasked,
/// unfragmented, complete. nullopt at the end. This is how transports that are no WebSocket read a
/// shared frame.
std::optional<frame_message> take_message(std::string_view& bytes) noexcept;

}  // namespace pushmesh::net
