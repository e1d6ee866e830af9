#pragma once

#include <algorithm>
#include <cstdint>

namespace pushmesh::bench {

/// Says how many events of a given rate are due. Times are microseconds of any one clock.
class pacer {
 public:
  /// A rate of 0 is unlimited.
  explicit pacer(double per_second) noexcept : per_second_(per_second) {}

  void start(std::int64_t now_us) noexcept {
    started_us_ = now_us;
    taken_ = 0;
  }

  /// Takes what is due now, at most `most`; the rest stays due.
  std::uint64_t take(std::int64_t now_us, std::uint64_t most) noexcept {
    if (per_second_ <= 0) return most;
    const auto elapsed = static_cast<double>(std::max<std::int64_t>(0, now_us - started_us_));
    const auto due = static_cast<std::uint64_t>(elapsed * per_second_ / 1e6);
    const auto n = std::min(most, due > taken_ ? due - taken_ : 0);
    taken_ += n;
    return n;
  }

 private:
  double per_second_;
  std::int64_t started_us_ = 0;
  std::uint64_t taken_ = 0;
};

}  // namespace pushmesh::bench
