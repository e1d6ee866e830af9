#pragma once

#include <cstddef>

namespace pushmesh::net {

/// Bounds of what the emitter bridge reads. What is beyond is dropped and counted.
struct bridge_limits {
  /// Bytes of one message from Redis. Redis itself allows 512 MiB.
  std::size_t max_message = 16 * 1024 * 1024;
  /// Bytes of its JSON form: escapes make text longer, up to six times.
  std::size_t max_json = 32 * 1024 * 1024;
  /// Arrays and maps inside each other: what reads the event later may recurse.
  std::size_t max_depth = 64;
  /// Arguments of an event and names of rooms, together.
  std::size_t max_elements = 65'536;
  /// Binary values in one event: clients (socket.io-parser 4.2.6 and later) close the connection
  /// over an event with more.
  std::size_t max_attachments = 10;
};

}  // namespace pushmesh::net
