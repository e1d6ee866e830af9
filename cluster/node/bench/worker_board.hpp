#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "cluster/node/bench/delivery_board.hpp"
#include "cluster/node/bench/failure.hpp"
#include "cluster/node/bench/latency_histogram.hpp"

namespace pushmesh::bench {

/// A number one process writes and another reads; no locked instruction. Zeroed memory is 0.
class shared_number {
 public:
  void add(std::uint64_t n = 1) noexcept { set(get() + n); }
  void subtract(std::uint64_t n = 1) noexcept { set(get() - n); }
  void set(std::uint64_t n) noexcept { value_.store(n, std::memory_order_release); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_;
};

using failure_counts = std::array<shared_number, failure_kinds>;

/// What one worker process tells the parent, in shared memory. The worker writes, the parent reads
/// numbers and deliveries at any time, histograms once the worker is gone.
struct worker_board {
  shared_number settled;         ///< connections whose first attempt succeeded or failed
  shared_number connected;       ///< first attempts that succeeded
  shared_number live;            ///< connected now, stalled ones not counted
  shared_number stalled;         ///< connected now, never read
  shared_number dropped;         ///< ends of live connections
  shared_number stalled_closed;  ///< ends of stalled connections, as far as they show
  shared_number reconnected;
  failure_counts failed;      ///< attempts that failed, by cause
  failure_counts dropped_by;  ///< the same of `dropped`
  shared_number last_http_status;
  shared_number first_dialled_us, last_live_us;  ///< monotonic_us()

  shared_number messages;  ///< stamped broadcasts
  shared_number repeated;  ///< of these, those that came twice or behind a later one
  shared_number bytes;     ///< payload of all messages
  shared_number other;     ///< other events
  shared_number pings, acks_asked;
  shared_number echoes_sent, echoes_answered;

  shared_number cpu_us;        ///< user and system time of the process
  shared_number waiting_us;    ///< time it was ready to run but had no core
  shared_number memory_bytes;  ///< resident, without what is shared; once all have settled

  latency_histogram connecting;  ///< dial to namespace joined
  latency_histogram latency;     ///< stamp to receipt
  latency_histogram echo;        ///< emit to ack
  delivery_board deliveries;
};

/// What the parent tells its workers, in shared memory.
struct worker_orders {
  shared_number quit;  ///< not 0: close everything and exit
  shared_number echo;  ///< not 0: make ack round trips
};

}  // namespace pushmesh::bench
