#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace pushmesh {

/// How packets are written. Clients must be told the same: one server cannot serve both.
enum class packet_parser : std::uint8_t {
  standard,  ///< JSON text, binary beside it: what clients speak by themselves
  msgpack,   ///< socket.io-msgpack-parser: one MessagePack map per packet
};

}  // namespace pushmesh

namespace pushmesh::actors {

/// Connection state recovery, the `connectionStateRecovery` of socket.io: a client (4.6 and later)
/// that was cut off comes back as the same socket, and gets what it missed.
struct recovery_options {
  /// A client that is away for longer comes back as a new socket; 0: all do. What they may have
  /// missed is kept for as long, and as long as it takes to notice a dead connection.
  std::chrono::milliseconds max_disconnection_duration{0};
  /// Whether sockets that come back are spared the middlewares.
  bool skip_middlewares = true;
  /// Bytes of packets kept for clients that come back, each once per shard. More: the oldest go,
  /// and clients that miss them come back as new sockets.
  std::size_t max_bytes = 64 * 1024 * 1024;
  /// Sockets whose clients are away. More: those that left first are given up.
  std::size_t max_sessions = 100'000;

  bool enabled() const noexcept { return max_disconnection_duration.count() > 0; }
};

/// All defaults of the actors floor.
struct actor_options {
  /// The `parser` of socket.io.
  packet_parser parser = packet_parser::standard;
  /// A connection that joined no namespace after this is closed.
  std::chrono::milliseconds connect_timeout{45'000};
  /// A handler that holds its shard longer is logged and counted.
  std::chrono::milliseconds slow_handler{50};
  /// Receivers whose acknowledgement a node awaits at the same time, summed over all emits. More:
  /// the emit fails at once with `overloaded`.
  std::size_t max_pending_acks = 1'000'000;
  /// Bytes of binary packets whose attachments are still on their way, summed over all connections.
  /// More: the connection whose packet began first is closed.
  std::size_t max_partial_bytes = 64 * 1024 * 1024;
  /// Namespaces one connection may join. Each packet looks for its own among them, and with
  /// namespaces made on demand their number is the client's choice.
  std::size_t max_namespaces = 100;
  /// Messages per second one connection may send, and as many at once after a quiet second; 0: any.
  /// More closes it with `rate_limited`.
  std::uint32_t max_message_rate = 50'000;
  /// Rooms one socket may be in, its own not counted; joining a further one has no effect. 0: any.
  std::size_t max_rooms = 10'000;
  recovery_options recovery{};
  /// Where the node's log lines go: level (0 debug .. 3 error) and text. Called from any thread;
  /// empty: standard error from `warn` on.
  std::function<void(int level, std::string_view line)> log;
};

}  // namespace pushmesh::actors
