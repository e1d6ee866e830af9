#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

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

/// How long to wait before the next attempt: exponential with full jitter, that is, anything from
/// nothing to a ceiling that doubles from `first` to `cap`. So the nodes of a cluster do not come
/// back all at once. A value; who uses it brings randomness.
class backoff {
 public:
  explicit backoff(const backoff_options& options = {}) noexcept : options_(options) {}

  /// An attempt failed. `random` is 64 random bits.
  std::chrono::milliseconds next(std::uint64_t random) noexcept {
    const auto top = ceiling();
    failures_ = std::min(failures_ + 1, 62u);
    free_used_ = 0;
    return scaled(top, random);
  }

  /// An attempt was cut by a heartbeat tick of the middleman. That says nothing about the peer, and
  /// right after a tick there is a whole interval for a handshake: retry at once, without counting
  /// a failure. A peer that is cut every time is treated as failing after a few of those.
  std::chrono::milliseconds after_tick(std::uint64_t random) noexcept {
    if (free_used_ < options_.free_retries) {
      ++free_used_;
      return std::chrono::milliseconds{0};
    }
    return next(random);
  }

  /// An attempt succeeded.
  void reset() noexcept { failures_ = free_used_ = 0; }

  std::uint32_t failures() const noexcept { return failures_; }
  /// The longest that next() may answer.
  std::chrono::milliseconds ceiling() const noexcept {
    auto top = std::min(options_.first, options_.cap);
    for (auto i = failures_; i > 0 && top < options_.cap; --i) top *= 2;
    return std::min(top, options_.cap);
  }

 private:
  static std::chrono::milliseconds scaled(std::chrono::milliseconds top, std::uint64_t random) {
    return std::chrono::milliseconds(random % (static_cast<std::uint64_t>(top.count()) + 1));
  }

  backoff_options options_;
  std::uint32_t failures_ = 0;
  std::uint32_t free_used_ = 0;
};

}  // namespace pushmesh::cluster
