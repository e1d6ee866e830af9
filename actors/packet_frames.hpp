#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/address.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::actors {

/// An EVENT packet as one shared frame. `args` is raw JSON joined by commas, may be empty. Throws
/// std::invalid_argument for the event names that clients keep for themselves (`connect`, ...).
net::frame_ref event_frame(const address& to, std::string_view event, std::string_view args,
                           std::optional<std::uint64_t> ack_id = {});
/// The answer to a client's event.
net::frame_ref ack_frame(std::string_view nsp, std::string_view ack_id, std::string_view args);
/// Any other Socket.IO packet, already encoded, as an Engine.IO message.
net::frame_ref packet_frame(std::string_view packet);

}  // namespace pushmesh::actors
