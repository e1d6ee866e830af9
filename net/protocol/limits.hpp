#pragma once

#include <cstddef>

namespace pushmesh::net {

/// Every bound the parsers enforce, with its default. One instance per server, read-only once it
/// serves.
struct protocol_limits {
  /// Bytes of one WebSocket message, summed over its fragments, or of one POST body. Announced to
  /// clients as maxPayload. More closes the connection with 1009.
  std::size_t max_payload = 1'000'000;
  /// Nested arrays and objects in one packet. The parser itself does not recurse; this protects
  /// what reads the value later.
  std::size_t max_json_depth = 512;
  /// Attachments of one binary packet (socket.io-parser 4.2.6 and later use the same number). Each
  /// is a message of its own, so max_payload bounds it.
  std::size_t max_attachments = 10;
  /// Bytes of a namespace name in a packet.
  std::size_t max_namespace_length = 256;
  /// Bytes of an event name as written in the packet, quotes included.
  std::size_t max_event_name_length = 256;
  /// Bytes of one HTTP request head.
  std::size_t max_http_head = 16 * 1024;
};

}  // namespace pushmesh::net
