#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/protocol/errc.hpp"

namespace pushmesh::net {

/// Engine.IO packet types, the first character of a text frame (Engine.IO protocol v4).
enum class engineio_type : char {
  open = '0',
  close = '1',
  ping = '2',
  pong = '3',
  message = '4',
  upgrade = '5',
  noop = '6'
};

struct engineio_packet {
  engineio_type type;
  std::string_view data;  ///< everything behind the type character
};

/// Errors: empty_packet, unknown_engine_packet.
tl::expected<engineio_packet, errc> parse_engineio_packet(std::string_view text) noexcept;

/// What the open packet announces.
struct engineio_open {
  std::string_view sid;
  std::span<const std::string_view> upgrades;
  std::chrono::milliseconds ping_interval;
  std::chrono::milliseconds ping_timeout;
  std::size_t max_payload;
};

/// `0{"sid":..,"upgrades":[..],"pingInterval":..,"pingTimeout":..,"maxPayload":..}`, keys in this
/// order as the official server writes them.
std::string encode_open_packet(const engineio_open& open);

}  // namespace pushmesh::net
