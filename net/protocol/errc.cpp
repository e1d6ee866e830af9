#include "net/protocol/errc.hpp"

namespace pushmesh::net {

std::string_view to_string(errc e) noexcept {
  switch (e) {
    case errc::empty_packet:
      return "empty packet";
    case errc::unknown_engine_packet:
      return "unknown Engine.IO packet type";
    case errc::unknown_packet_type:
      return "unknown Socket.IO packet type";
    case errc::bad_attachment_count:
      return "illegal attachment count";
    case errc::too_many_attachments:
      return "too many attachments";
    case errc::namespace_too_long:
      return "namespace name is too long";
    case errc::bad_json:
      return "payload is not JSON";
    case errc::json_too_deep:
      return "JSON is nested too deeply";
    case errc::bad_payload_shape:
      return "payload does not fit the packet type";
    case errc::reserved_event:
      return "event name is reserved";
    case errc::event_name_too_long:
      return "event name is too long";
    case errc::unexpected_binary:
      return "binary message while no attachment is due";
    case errc::transport_unknown:
      return "Transport unknown";
    case errc::session_unknown:
      return "Session ID unknown";
    case errc::bad_handshake_method:
      return "Bad handshake method";
    case errc::bad_request:
      return "Bad request";
    case errc::forbidden:
      return "Forbidden";
    case errc::unsupported_version:
      return "Unsupported protocol version";
    case errc::attachment_due:
      return "text message while attachments are due";
    case errc::bad_placeholder:
      return "placeholder names no attachment";
    case errc::bad_payload_framing:
      return "payload of a polling request is malformed";
    case errc::invalid_text:
      return "text is not UTF-8";
    case errc::bad_msgpack:
      return "message is not MessagePack";
    case errc::bad_namespace:
      return "namespace is missing or malformed";
    case errc::too_many_connections:
      return "Too many connections from this address";
    case errc::connects_too_often:
      return "Too many new connections from this address";
  }
  return "unknown error";
}

}  // namespace pushmesh::net
