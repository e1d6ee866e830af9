#pragma once

#include <cstdint>
#include <string_view>

namespace pushmesh::net {

/// Why bytes from a peer were refused. Values are stable: metrics and logs name them.
enum class errc : std::uint8_t {
  empty_packet = 1,       ///< a text frame or payload item without a single byte
  unknown_engine_packet,  ///< the first byte is no Engine.IO packet type
  unknown_packet_type,    ///< the Socket.IO packet type is not 0..6
  bad_attachment_count,   ///< BINARY_* without `digits-` before the rest
  too_many_attachments,   ///< more than protocol_limits::max_attachments
  namespace_too_long,     ///< more than protocol_limits::max_namespace_length
  bad_json,               ///< not JSON, or bytes after it
  json_too_deep,          ///< more than protocol_limits::max_json_depth
  bad_payload_shape,      ///< valid JSON, but not what this packet type carries
  reserved_event,         ///< a client may not send this event name
  event_name_too_long,    ///< more than protocol_limits::max_event_name_length
  unexpected_binary,      ///< a binary message while no attachment is due
  transport_unknown,      ///< HTTP code 0
  session_unknown,        ///< HTTP code 1
  bad_handshake_method,   ///< HTTP code 2
  bad_request,            ///< HTTP code 3
  forbidden,              ///< HTTP code 4
  unsupported_version,    ///< HTTP code 5
  attachment_due,         ///< a text message while attachments of a packet are due
  bad_placeholder,        ///< a placeholder names no attachment of its packet
  bad_payload_framing,    ///< a polling body whose items cannot be told apart, or broken base64
  invalid_text,           ///< text that is not UTF-8
  bad_msgpack,            ///< not one MessagePack value, or bytes after it
  bad_namespace,          ///< MessagePack without a namespace, or with one that no client writes
  too_many_connections,   ///< HTTP code 4: the client's address has too many
  connects_too_often,     ///< HTTP code 4: the client's address opens too many
};

/// A sentence for logs; the text of the official server for the HTTP codes.
std::string_view to_string(errc e) noexcept;

}  // namespace pushmesh::net
