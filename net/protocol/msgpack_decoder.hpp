#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/binary.hpp"
#include "net/protocol/errc.hpp"
#include "net/protocol/limits.hpp"

namespace pushmesh::net {

/// A packet of socket.io-msgpack-parser in the form of the other codec: what decode_socketio()
/// reads, an EVENT or ACK whose JSON may hold placeholders of `attachments`.
struct msgpack_packet {
  std::string text;
  std::vector<binary> attachments;
};

/// Decodes one message: a map of type, nsp, data and id; other keys are ignored, as is the order.
/// Dates become ISO text, undefined and unknown extensions null, keys that are no strings strings.
/// What has the place of a packet's data is left to decode_socketio(). Does not recurse. Errors:
/// bad_msgpack, json_too_deep, too_many_attachments, unknown_packet_type, bad_namespace,
/// bad_payload_shape.
tl::expected<msgpack_packet, errc> decode_msgpack(std::string_view bytes,
                                                  const protocol_limits& limits);

}  // namespace pushmesh::net
