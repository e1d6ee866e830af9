#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace pushmesh::actors {

/// What the emitter bridge does besides emits, joins and leaves.
struct bridge_options {
  /// Publishers may disconnect sockets. Off: whoever reaches Redis could end them all.
  bool disconnect_sockets = false;
  /// Publishers may run the handlers registered with nsp::on_server_side(). Off for the same
  /// reason.
  bool server_side_emit = false;
  /// Bytes of one message from Redis; more is dropped. To read a message of 16 MiB that is made for
  /// it takes its thread up to half a second.
  std::size_t max_message = 16 * 1024 * 1024;
  /// Events whose receivers are asked to acknowledge; each acknowledgement is published for the
  /// back-end: docs/bridge.md.
  std::vector<std::string> ack_events{};
  /// An acknowledgement that takes longer is not published.
  std::chrono::milliseconds ack_timeout{10'000};
  /// Publish what the handlers of this node emit, for official servers on the same Redis and key.
  /// Off: without such servers it is work for nothing.
  bool publish_emits = false;
};

}  // namespace pushmesh::actors
