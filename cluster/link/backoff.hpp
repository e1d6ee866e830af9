#pragma once

#include <chrono>
#include <cstdint>

#include "net/backoff.hpp"

namespace pushmesh::cluster {

struct backoff_options {
  /// The longest wait after the first failure.
  std::chrono::milliseconds first{100};
  /// The longest wait ever. When a cut heals, the worst case is one probe that still runs into its
  /// deadline (1 s), one wait and one dial with its hello (1 s): with 2 s that is 4 s, and healing
  /// must take less than 5 s. Above 3 s that no longer holds.
  std::chrono::milliseconds cap{2000};
  /// Retries in a row that may skip the wait (see after_tick).
  std::uint32_t free_retries = 2;
};

/// When to dial a peer again: net::backoff, and attempts that the middleman cut. A value; who uses
/// it brings randomness.
class backoff {
 public:
  explicit backoff(const backoff_options& options = {}) noexcept
      : waits_(options.first, options.cap), free_retries_(options.free_retries) {}

  /// An attempt failed. `random` is 64 random bits.
  std::chrono::milliseconds next(std::uint64_t random) noexcept {
    free_used_ = 0;
    return waits_.next(random);
  }

  /// An attempt was cut by a heartbeat tick of the middleman. That says nothing about the peer, and
  /// right after a tick there is a whole interval for a handshake: retry at once, without counting
  /// a failure. A peer that is cut every time is treated as failing after a few of those.
  std::chrono::milliseconds after_tick(std::uint64_t random) noexcept {
    if (free_used_ < free_retries_) {
      ++free_used_;
      return std::chrono::milliseconds{0};
    }
    return next(random);
  }

  /// An attempt succeeded.
  void reset() noexcept {
    waits_.reset();
    free_used_ = 0;
  }

  std::uint32_t failures() const noexcept { return waits_.failures(); }
  /// The longest that next() may answer.
  std::chrono::milliseconds ceiling() const noexcept { return waits_.ceiling(); }

 private:
  net::backoff waits_;
  std::uint32_t free_retries_;
  std::uint32_t free_used_ = 0;
};

}  // namespace pushmesh::cluster
