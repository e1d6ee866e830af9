#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/errc.hpp"
#include "net/protocol/limits.hpp"

namespace pushmesh::net {

/// Socket.IO protocol v5 packet types.
enum class socketio_type : std::uint8_t {
  connect = 0,
  disconnect = 1,
  event = 2,
  ack = 3,
  connect_error = 4,
  binary_event = 5,
  binary_ack = 6
};

/// A decoded text packet. All views point into the text it was decoded from.
struct socketio_packet {
  socketio_type type = socketio_type::event;
  std::uint32_t attachments = 0;  ///< BINARY_* only
  std::string_view nsp = "/";     ///< without the query an EIO3 client may append
  std::string_view nsp_query;     ///< that query, without `?`: protocol 4 clients send auth there
  std::string_view ack_id;        ///< digits as sent, empty when there is none
  std::string_view payload;       ///< raw JSON, empty when there is none
  bool has_placeholder = false;   ///< the payload contains an object with key "_placeholder"
};

/// Decodes the data of an Engine.IO message `<type>[<n>-][<nsp>,][<ack id>][<json>]` and checks it
/// by the rules of the official parser: CONNECT carries an object or nothing, DISCONNECT nothing,
/// EVENT a non-empty array whose first element is a string (not a reserved name) or a number,
/// ACK an array, CONNECT_ERROR a string or an object. `42` alone is legal (an event without data:
/// payload empty). `elements` is cleared and receives the raw elements of the array for EVENT,
/// ACK and their binary forms (for events element 0 is the event name, raw).
/// Errors: empty_packet, unknown_packet_type, bad_attachment_count, too_many_attachments,
/// namespace_too_long, bad_json, json_too_deep, bad_payload_shape, reserved_event,
/// event_name_too_long.
tl::expected<socketio_packet, errc> decode_socketio(std::string_view text,
                                                    const protocol_limits& limits,
                                                    std::vector<std::string_view>& elements);

/// An ack id as a number; nullopt when it cannot be one of ours (more than 2^53 or no digits).
std::optional<std::uint64_t> parse_ack_id(std::string_view digits) noexcept;

/// True for `connect connect_error disconnect disconnecting newListener removeListener`.
bool is_reserved_event(std::string_view name) noexcept;

/// The text in front of the JSON of an outgoing packet: `2`, `2/nsp,`, `3/nsp,13`, `51-/nsp,`. The
/// default namespace is left out; `attachments` counts for BINARY_* only.
std::string socketio_prefix(socketio_type type, std::string_view nsp,
                            std::optional<std::string_view> ack_id = {},
                            std::size_t attachments = 0);

/// `0/nsp,{"sid":".."}`; with `pid`, which names the session to who wants it back, that too.
std::string encode_connect(std::string_view nsp, std::string_view sid, std::string_view pid = {});
/// The same for clients of protocol 4: `0/nsp,` (`0` for /).
std::string encode_connect_v4(std::string_view nsp);
/// A refusal for clients of protocol 4: `4/nsp,<json>`.
std::string encode_error_v4(std::string_view nsp, std::string_view json);
std::string encode_disconnect(std::string_view nsp);  ///< `1/nsp,` (`1` for /)
/// `4/nsp,{"message":".."[,"data":..]}`; data_json is raw JSON or empty.
std::string encode_connect_error(std::string_view nsp, std::string_view message,
                                 std::string_view data_json = {});

}  // namespace pushmesh::net
