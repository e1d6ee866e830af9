#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh {

/// Everything a client of a cluster can be told.
struct client_options {
  /// HOST:PORT of the cluster listeners of some nodes (`--cluster-listen`). One is used at a time;
  /// when it is lost the others are tried. A DNS name stands for all its addresses.
  std::vector<std::string> nodes{};
  /// Name of the cluster; nodes of another one refuse the client.
  std::string cluster = "pushmesh";
  /// Name of this client in the nodes' logs; empty: the host's name and the process number.
  std::string name{};
  /// PEM files: certificate and key, and the private authority that signed those of all nodes. All
  /// three or none; off loopback they are needed.
  std::string cert{};
  std::string key{};
  std::string ca{};
  /// Uses nodes off loopback without certificates.
  bool insecure = false;
  /// A call that waits for a node so long ends as `unreachable`: enough for a node to be given up
  /// (3 s) and another to be found.
  std::chrono::milliseconds unreachable_after{5000};
  /// How long the answer to a call is awaited once it was sent, beyond the time that clients have
  /// to acknowledge. Longer than a node waits for other nodes (5 s).
  std::chrono::milliseconds answer_within{8000};
  /// Calls that are not complete. More end as `overloaded` at once.
  std::size_t max_pending = 10'000;
  /// Bytes of calls that wait for a node. More end as `overloaded` at once. Below what a node's
  /// link takes in one piece (16 MiB, a quarter of it for answers).
  std::size_t max_waiting_bytes = 8 * 1024 * 1024;
  /// Log lines: 0 debug, 1 info, 2 warn, 3 error. On any thread of the client; must not call it.
  std::function<void(int level, std::string_view line)> log{};
};

}  // namespace pushmesh
