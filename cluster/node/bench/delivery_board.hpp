#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace pushmesh::bench {

/// How far a broadcast got: how many received it and how long it took to the first and last.
struct delivery {
  std::uint64_t count = 0;
  std::uint32_t first_us = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t last_us = 0;

  void merge(const delivery& o) noexcept {
    count += o.count;
    first_us = std::min(first_us, o.first_us);
    last_us = std::max(last_us, o.last_us);
  }
};

/// Deliveries of the last 65536 broadcasts to the clients of one process. Lives in shared memory,
/// where zeroes are an empty board: one process writes, another reads meanwhile. Sequence numbers
/// begin at 1.
class delivery_board {
 public:
  static constexpr std::size_t size = 65536;

  void record(std::uint32_t seq, std::uint64_t latency_us) noexcept {
    cell& c = cells_[seq % size];
    const auto us = static_cast<std::uint32_t>(std::min<std::uint64_t>(latency_us, UINT32_MAX));
    const bool fresh = c.seq.load(std::memory_order_relaxed) != seq;
    const std::uint32_t count = fresh ? 0 : c.count.load(std::memory_order_relaxed);
    if (fresh) {
      c.count.store(0, std::memory_order_release);
      c.seq.store(seq, std::memory_order_release);
    }
    if (fresh || us < c.first_us.load(std::memory_order_relaxed))
      c.first_us.store(us, std::memory_order_relaxed);
    if (fresh || us > c.last_us.load(std::memory_order_relaxed))
      c.last_us.store(us, std::memory_order_relaxed);
    c.count.store(count + 1, std::memory_order_release);  // publishes the times
  }

  /// What is known of a broadcast now.
  delivery read(std::uint32_t seq) const noexcept {
    const cell& c = cells_[seq % size];
    delivery d;
    d.count = c.count.load(std::memory_order_acquire);
    if (d.count == 0 || c.seq.load(std::memory_order_acquire) != seq) return {};
    d.first_us = c.first_us.load(std::memory_order_relaxed);
    d.last_us = c.last_us.load(std::memory_order_relaxed);
    return d;
  }

 private:
  struct cell {
    std::atomic<std::uint32_t> seq;
    std::atomic<std::uint32_t> count;
    std::atomic<std::uint32_t> first_us;
    std::atomic<std::uint32_t> last_us;
  };
  std::array<cell, size> cells_;
};

}  // namespace pushmesh::bench
