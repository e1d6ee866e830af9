#include "cluster/link/backoff.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;

TEST_CASE("the ceiling of the wait doubles from the first wait to the cap") {
  backoff b({100ms, 2000ms, 2});
  for (const auto ceiling : {100ms, 200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    CHECK(b.ceiling() == ceiling);
    b.next(0);
  }
  b.reset();
  CHECK(b.ceiling() == 100ms);
}

TEST_CASE("a wait is anything from nothing to the ceiling, both included") {
  std::mt19937_64 random(7);
  auto least = 10'000ms, most = 0ms, sum = 0ms;
  for (int i = 0; i < 20'000; ++i) {
    backoff b({100ms, 400ms, 0});
    for (int failures = 0; failures < 5; ++failures) b.next(random());
    const auto wait = b.next(random());
    least = std::min(least, wait);
    most = std::max(most, wait);
    sum += wait;
  }
  CHECK(least == 0ms);
  CHECK(most == 400ms);
  CHECK(sum / 20'000 >= 190ms);
  CHECK(sum / 20'000 <= 210ms);
}

TEST_CASE("after a heartbeat tick the next attempt is free, but not for ever") {
  backoff b({100ms, 2000ms, 2});
  CHECK(b.after_tick(99) == 0ms);
  CHECK(b.after_tick(99) == 0ms);
  CHECK(b.failures() == 0);
  CHECK(b.after_tick(99) == 99ms);  // third cut in a row: a failure like any
  CHECK(b.failures() == 1);
  CHECK(b.after_tick(99) == 0ms);
}

TEST_CASE("thousands of failures neither overflow nor exceed the cap") {
  backoff b;
  for (int i = 0; i < 10'000; ++i) CHECK(b.next(~0ull - i) <= backoff_options{}.cap);
}

TEST_CASE("with the defaults a link is back within five seconds of the end of any cut") {
  // The unluckiest moment: a probe has just begun and will run into its deadline of 1 s; then the
  // longest wait; then a dial that needs its whole second for the hello.
  backoff b;
  for (int i = 0; i < 30; ++i) b.next(0);
  CHECK(1s + b.ceiling() + 1s < 5s);
}
