#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace pushmesh::net {

/// How long to wait before the next attempt: exponential with full jitter, that is, anything from
/// nothing to a ceiling that doubles from `first` to `cap`. So the nodes of a cluster do not come
/// back all at once. A value; who uses it brings randomness.
class backoff {
 public:
  backoff(std::chrono::milliseconds first, std::chrono::milliseconds cap) noexcept
      : first_(std::min(first, cap)), cap_(cap) {}

  /// An attempt failed. `random` is 64 random bits.
  std::chrono::milliseconds next(std::uint64_t random) noexcept {
    const auto top = ceiling();
    failures_ = std::min(failures_ + 1, 62u);
    return std::chrono::milliseconds(random % (static_cast<std::uint64_t>(top.count()) + 1));
  }
  /// An attempt succeeded.
  void reset() noexcept { failures_ = 0; }

  std::uint32_t failures() const noexcept { return failures_; }
  /// The longest that next() may answer.
  std::chrono::milliseconds ceiling() const noexcept {
    auto top = first_;
    for (auto i = failures_; i > 0 && top < cap_; --i) top *= 2;
    return std::min(top, cap_);
  }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds cap_;
  std::uint32_t failures_ = 0;
};

}  // namespace pushmesh::net
