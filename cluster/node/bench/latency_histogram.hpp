#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pushmesh::bench {

/// Counts latencies in microseconds in buckets that grow with the value: 128 per power of two, so
/// that a percentile is at most 0.8 % too high. Up to 2^40 us (12 days); more counts as that.
/// Zeroed memory is an empty histogram, which is how it lives in memory shared by processes. One
/// writer; readers wait until it is done.
class latency_histogram {
 public:
  void record(std::uint64_t us) noexcept;
  void merge(const latency_histogram& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }
  /// 0 when empty.
  double mean() const noexcept;
  /// The smallest value that `percent` (0 to 100) of all are not above; 0 when empty.
  std::uint64_t percentile(double percent) const noexcept;

 private:
  static constexpr unsigned fine_bits = 7;
  static constexpr unsigned largest_bits = 40;
  static constexpr std::size_t per_power = std::size_t{1} << fine_bits;
  static constexpr std::size_t buckets = (largest_bits - fine_bits + 1) * per_power;

  static std::size_t bucket_of(std::uint64_t us) noexcept;
  static std::uint64_t top_of(std::size_t bucket) noexcept;

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace pushmesh::bench
