#include "net/transport/rate_limit.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using pushmesh::net::rate_limit;
using namespace std::chrono_literals;

namespace {

const auto start = rate_limit::clock::time_point(1000h);

int taken(rate_limit& limit, rate_limit::clock::time_point now, int tries, std::uint32_t rate) {
  int n = 0;
  for (int i = 0; i < tries; ++i) n += limit.take(now, rate) ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("a second's worth may come at once, then as much per second") {
  rate_limit limit;
  CHECK(taken(limit, start, 500, 100) == 100);
  CHECK(taken(limit, start + 10ms, 5, 100) == 1);
  CHECK(taken(limit, start + 510ms, 500, 100) == 50);
  CHECK(taken(limit, start + 60s, 500, 100) == 100);
}

TEST_CASE("an even pace at the limit is never refused, a faster one is") {
  rate_limit limit;
  auto now = start;
  for (int i = 0; i < 5000; ++i, now += 1ms) CHECK(limit.take(now, 1000));
  int refused = 0;
  for (int i = 0; i < 5000; ++i, now += 500us) refused += limit.take(now, 1000) ? 0 : 1;
  CHECK(refused > 1400);
  CHECK(refused <= 2500);
}

TEST_CASE("a limit of 0 is none") {
  rate_limit limit;
  CHECK(taken(limit, start, 1'000'000, 0) == 1'000'000);
}

TEST_CASE("threads share a limit") {
  rate_limit limit;
  std::atomic<int> total{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { total += taken(limit, start, 10'000, 5'000); });
  for (auto& t : threads) t.join();
  CHECK(total == 5'000);
}
