#include "cluster/node/bench/latency_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace pushmesh::bench {

// Values below per_power have a bucket each. Above, a value of n bits falls into the group of its
// highest bit and there into the bucket of the fine_bits bits behind it.
std::size_t latency_histogram::bucket_of(std::uint64_t us) noexcept {
  if (us < per_power) return static_cast<std::size_t>(us);
  const auto shift = static_cast<unsigned>(std::bit_width(us)) - 1 - fine_bits;
  return (shift + 1) * per_power + static_cast<std::size_t>((us >> shift) - per_power);
}

std::uint64_t latency_histogram::top_of(std::size_t bucket) noexcept {
  if (bucket < per_power) return bucket;
  const auto shift = bucket / per_power - 1;
  return ((per_power + bucket % per_power + 1) << shift) - 1;
}

void latency_histogram::record(std::uint64_t us) noexcept {
  us = std::min(us, (std::uint64_t{1} << largest_bits) - 1);
  ++counts_[bucket_of(us)];
  ++count_;
  sum_ += us;
  max_ = std::max(max_, us);
}

void latency_histogram::merge(const latency_histogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double latency_histogram::mean() const noexcept {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t latency_histogram::percentile(double percent) const noexcept {
  if (count_ == 0) return 0;
  const auto rank = std::ceil(percent / 100 * static_cast<double>(count_));
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i)
    if ((seen += counts_[i]) >= wanted) return std::min(top_of(i), max_);
  return max_;
}

}  // namespace pushmesh::bench
