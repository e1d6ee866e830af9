#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pushmesh::net {

/// Bounds how often something happens: `per_second` times on average, and as often at once after a
/// quiet second (the generic cell rate algorithm of ITU-T I.371: one number instead of a bucket).
/// Any thread.
class rate_limit {
 public:
  using clock = std::chrono::steady_clock;

  /// Counts one more; false, and not counted, when that is too often. `per_second` 0: no bound.
  bool take(clock::time_point now, std::uint32_t per_second) noexcept {
    if (per_second == 0) return true;
    const std::int64_t at = now.time_since_epoch().count();
    const std::int64_t step = second / per_second;
    auto due = due_.load(std::memory_order_relaxed);
    for (;;) {
      const auto base = due < at ? at : due;
      const bool fits = base - at <= second - step;
      const auto next = fits ? base + step : base;
      if (due_.compare_exchange_weak(due, next, std::memory_order_relaxed)) return fits;
    }
  }

 private:
  static constexpr std::int64_t second = clock::duration(std::chrono::seconds(1)).count();
  std::atomic<std::int64_t> due_{0};  // when all that was counted would be, evenly spaced
};

}  // namespace pushmesh::net
