#pragma once

#include <cstdint>
#include <ctime>

namespace pushmesh::bench {

/// CLOCK_MONOTONIC in microseconds: the same for all processes of a machine, which is what makes a
/// stamp of one comparable with the clock of another.
inline std::int64_t monotonic_us() noexcept {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1'000;
}

}  // namespace pushmesh::bench
