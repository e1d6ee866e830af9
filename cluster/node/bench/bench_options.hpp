#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/host_port.hpp"

namespace pushmesh::bench {

/// Everything `pushmesh bench` can be told, with the defaults.
struct bench_options {
  /// HOST:PORT of the servers; connections are dealt to them in turn.
  std::vector<std::string> urls{"127.0.0.1:3000"};
  /// Path of the Engine.IO endpoint.
  std::string path = "/socket.io/";
  /// Socket.IO namespace every client joins.
  std::string nsp = "/";
  std::uint64_t connections = 1000;
  /// New connections per second; 0 is as fast as the server answers.
  double rate = 0;
  /// Handshakes under way at once, over all processes.
  std::uint64_t in_flight = 512;
  /// Client processes; 0 is as few as the descriptors allow.
  std::uint64_t processes = 0;
  /// Addresses to connect from. Empty: 127.0.1.x towards loopback, else what the kernel picks.
  std::vector<std::string> sources;
  /// A handshake that takes longer counts as failed.
  std::chrono::milliseconds connect_timeout{60'000};
  /// How long to measure once all have connected; 0 is until SIGINT.
  std::chrono::milliseconds duration{10'000};
  /// Time between two stamped broadcasts; 0 is none.
  std::chrono::milliseconds broadcast_every{0};
  /// HOST:PORT/PATH to POST broadcasts to; empty: a control connection emits them.
  std::string publish_url;
  /// Bytes of padding in a broadcast.
  std::uint64_t size = 100;
  /// Ack round trips per second, over all clients.
  double echo_rate = 0;
  /// Number of rooms; each client joins one of them. 0 is none.
  std::uint64_t join = 0;
  /// Share of clients, 0 to 1, that never read once they are connected.
  double stall = 0;
  /// Connect again a second after a failure or a drop.
  bool reconnect = false;
  /// The report is one JSON object.
  bool json = false;
  /// No progress on standard error.
  bool quiet = false;
};

/// Where a POST goes.
struct publish_target {
  host_port server;
  std::string path;
};

/// `[http://]HOST:PORT/PATH`; nullopt when it is something else.
std::optional<publish_target> parse_publish_url(const std::string& url);

/// A sentence about the first option whose value cannot be used; empty when all is well.
std::string find_mistake(const bench_options& options);

}  // namespace pushmesh::bench
