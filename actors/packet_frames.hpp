#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/address.hpp"
#include "actors/api/payload.hpp"
#include "actors/options.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::actors {

/// Throws std::invalid_argument for the event names that clients keep for themselves (`connect`,
/// ...).
void check_event_name(std::string_view event);

/// Socket.IO packets as frames, each encoded once for all that receive it. Any thread.
class packet_frames {
 public:
  explicit packet_frames(packet_parser parser) noexcept : parser_(parser) {}
  /// An EVENT, or a BINARY_EVENT with its attachments. The name as in check_event_name(). An offset
  /// (recovery/packet_offset.hpp) becomes its last argument.
  net::frame_ref event(const address& to, std::string_view event, const payload& args,
                       std::optional<std::uint64_t> ack_id = {}, std::uint64_t offset = 0) const;
  /// The answer to a client's event.
  net::frame_ref ack(std::string_view nsp, std::string_view ack_id, const payload& args) const;
  /// With `pid`, if there is one.
  net::frame_ref connect(std::string_view nsp, std::string_view sid,
                         std::string_view pid = {}) const;
  /// The same two for clients of protocol 4; `json` is what their error handler gets.
  net::frame_ref connect_v4(std::string_view nsp) const;
  net::frame_ref error_v4(std::string_view nsp, std::string_view json) const;
  net::frame_ref disconnect(std::string_view nsp) const;
  /// `data_json` is raw JSON or empty.
  net::frame_ref connect_error(std::string_view nsp, std::string_view message,
                               std::string_view data_json = {}) const;

 private:
  bool msgpack() const noexcept { return parser_ == packet_parser::msgpack; }
  packet_parser parser_;
};

}  // namespace pushmesh::actors
