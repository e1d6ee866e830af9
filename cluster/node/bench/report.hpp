#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "cluster/node/bench/failure.hpp"
#include "cluster/node/bench/latency_histogram.hpp"

namespace pushmesh::bench {

/// CPU of one worker process while measuring, in shares of a core.
struct worker_cpu {
  double busy = 0;     ///< it ran
  double waiting = 0;  ///< it could have run, had there been a core
};

/// The result of a run. Histograms are in microseconds.
struct bench_result {
  std::uint64_t connections = 0;  ///< asked for
  std::uint64_t connected = 0;    ///< first attempts that succeeded
  double connect_seconds = 0;     ///< first dial to last namespace joined
  std::array<std::uint64_t, failure_kinds> failed{};
  std::uint64_t last_http_status = 0;
  std::uint64_t live_at_end = 0;  ///< stalled ones included
  std::uint64_t dropped = 0;
  std::array<std::uint64_t, failure_kinds> dropped_by{};
  std::uint64_t reconnected = 0;
  std::uint64_t stalled = 0;
  std::uint64_t stalled_closed = 0;
  latency_histogram connecting;

  double seconds = 0;  ///< of measuring; messages may come later, rates and CPU are of this time
  double messages_per_second = 0, bytes_per_second = 0;
  std::uint64_t broadcasts = 0, complete = 0, incomplete = 0, missing = 0, repeated = 0;
  latency_histogram first, completion, latency, echo;
  std::uint64_t echoes_sent = 0, echoes_answered = 0;
  std::uint64_t messages = 0, bytes = 0, other = 0, pings = 0, acks_answered = 0;
  /// What went wrong with the source of broadcasts, empty for nothing.
  std::string source_error;

  std::vector<worker_cpu> workers;
  double machine_idle = 0;          ///< share of all cores, 0 to 1
  std::uint64_t client_memory = 0;  ///< bytes of all workers
  std::uint64_t workers_died = 0;
  std::string worker_death;
  std::uint64_t descriptor_limit = 0;
  std::uint64_t source_ports = 0;  ///< per source address and server
  bool reconnects = false;         ///< --reconnect: failures are part of the test

  std::uint64_t failed_total() const noexcept;
  /// Everything connected, stayed and received.
  bool is_good() const noexcept;
};

/// Sentences about the resources that ran out; empty when none did.
std::vector<std::string> exhausted_resources(const bench_result& result);

/// For people, several lines.
std::string text_report(const bench_result& result);
/// One JSON object on one line, times in milliseconds.
std::string json_report(const bench_result& result);

}  // namespace pushmesh::bench
