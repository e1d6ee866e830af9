#include "cluster/node/bench/latency_histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using pushmesh::bench::latency_histogram;

namespace {

latency_histogram of(const std::vector<std::uint64_t>& values) {
  latency_histogram h;
  for (const auto v : values) h.record(v);
  return h;
}

}  // namespace

TEST_CASE("an empty latency histogram answers zero") {
  const latency_histogram h;
  CHECK(h.count() == 0);
  CHECK(h.max() == 0);
  CHECK(h.mean() == 0);
  CHECK(h.percentile(50) == 0);
  CHECK(h.percentile(100) == 0);
}

TEST_CASE("small latencies are kept exactly") {
  latency_histogram h;
  for (std::uint64_t v = 1; v <= 100; ++v) h.record(v);
  CHECK(h.count() == 100);
  CHECK(h.max() == 100);
  CHECK(h.mean() == doctest::Approx(50.5));
  CHECK(h.percentile(0) == 1);
  CHECK(h.percentile(1) == 1);
  CHECK(h.percentile(50) == 50);
  CHECK(h.percentile(99) == 99);
  CHECK(h.percentile(99.9) == 100);
  CHECK(h.percentile(100) == 100);
}

TEST_CASE("a percentile is never below the true one and at most 0.8 % above") {
  std::vector<std::uint64_t> values;
  std::uint64_t v = 1;
  for (int i = 0; i < 20'000; ++i) {
    v = v * 6364136223846793005u + 1442695040888963407u;
    values.push_back((v >> 33) >> (i % 31));  // all magnitudes up to 2^31
  }
  const auto h = of(values);
  std::sort(values.begin(), values.end());
  for (const double p : {0.1, 1.0, 10.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(p / 100 * 20'000));
    const auto exact = values[rank - 1];
    CAPTURE(p);
    CHECK(h.percentile(p) >= exact);
    CHECK(static_cast<double>(h.percentile(p)) <= static_cast<double>(exact) * 1.008);
  }
}

TEST_CASE("the edges of all buckets fall into their own bucket") {
  for (unsigned bits = 0; bits < 40; ++bits) {
    const auto edge = std::uint64_t{1} << bits;
    for (const auto v : {edge - 1, edge, edge + 1}) {
      const auto h = of({v, v + v / 16 + 1});
      CAPTURE(v);
      CHECK(h.percentile(50) >= v);
      CHECK(h.percentile(50) <= v + v / 128);
    }
  }
}

TEST_CASE("latencies above the range count as its end") {
  const auto h = of({std::uint64_t{1} << 40, UINT64_MAX});
  CHECK(h.count() == 2);
  CHECK(h.max() == (std::uint64_t{1} << 40) - 1);
  CHECK(h.percentile(50) == h.max());
}

TEST_CASE("merging histograms is the same as recording into one") {
  auto a = of({5, 70'000, 123});
  a.merge(of({1'000'000, 7}));
  const auto b = of({5, 7, 123, 70'000, 1'000'000});
  CHECK(a.count() == b.count());
  CHECK(a.max() == b.max());
  CHECK(a.mean() == b.mean());
  for (const double p : {10.0, 30.0, 50.0, 70.0, 90.0, 100.0})
    CHECK(a.percentile(p) == b.percentile(p));
}
