#include "net/transport/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <vector>

using pushmesh::net::timer_node;
using pushmesh::net::timer_wheel;
using namespace std::chrono_literals;
using time_point = timer_wheel::clock::time_point;

namespace {

struct probe : timer_node {
  probe() : timer_node(&probe::run) {}
  static void run(timer_node& n) {
    auto& self = static_cast<probe&>(n);
    ++self.fired;
    if (self.then) self.then();
  }
  int fired = 0;
  std::function<void()> then;
};

const time_point start{1000s};

}  // namespace

TEST_CASE("a timer is never early and at most one tick late") {
  timer_wheel wheel(start, 10ms, 64);
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto now = start + round * 7777ms + std::chrono::microseconds(random() % 10'000);
    wheel.advance(now);
    const auto delay = std::chrono::milliseconds(random() % 5000);
    probe p;
    wheel.arm(p, now, delay);
    wheel.advance(now + delay - 1us);
    CHECK(p.fired == 0);
    wheel.advance(now + delay + 10ms);
    CHECK(p.fired == 1);
    CHECK_FALSE(p.armed());
  }
}

TEST_CASE("a timer beyond one revolution waits for its own") {
  timer_wheel wheel(start, 10ms, 64);  // one revolution is 640 ms
  probe near;
  probe far;
  wheel.arm(near, start, 50ms);
  wheel.arm(far, start, 50ms + 3 * 640ms);  // the same slot
  auto now = start;
  for (; now < start + 1900ms; now += 10ms) wheel.advance(now);
  CHECK(near.fired == 1);
  CHECK(far.fired == 0);
  wheel.advance(start + 1980ms);
  CHECK(far.fired == 1);
}

TEST_CASE("one call after a long sleep runs everything that became due") {
  timer_wheel wheel(start, 10ms, 64);
  std::vector<std::unique_ptr<probe>> probes;
  for (int i = 0; i < 500; ++i) {
    probes.push_back(std::make_unique<probe>());
    wheel.arm(*probes.back(), start, i * 13ms);
  }
  probe late;
  wheel.arm(late, start, 1h);
  wheel.advance(start + 59min);
  for (auto& p : probes) CHECK(p->fired == 1);
  CHECK(late.fired == 0);
  CHECK(wheel.armed() == 1);
}

TEST_CASE("cancelling, destroying and arming again take effect") {
  timer_wheel wheel(start, 10ms, 64);
  probe cancelled;
  wheel.arm(cancelled, start, 30ms);
  cancelled.cancel();
  {
    probe destroyed;
    wheel.arm(destroyed, start, 30ms);
  }
  probe moved;
  wheel.arm(moved, start, 30ms);
  wheel.arm(moved, start, 300ms);
  CHECK(wheel.armed() == 1);
  wheel.advance(start + 200ms);
  CHECK(cancelled.fired == 0);
  CHECK(moved.fired == 0);
  wheel.advance(start + 310ms);
  CHECK(moved.fired == 1);
}

TEST_CASE("next_due is the earliest armed timer, or never") {
  timer_wheel wheel(start, 10ms, 4096);
  CHECK(wheel.next_due() == time_point::max());
  probe a;
  probe b;
  wheel.arm(a, start, 5000ms);
  CHECK(wheel.next_due() == start + 5000ms);
  wheel.arm(b, start, 123ms);
  CHECK(wheel.next_due() == start + 130ms);
  b.cancel();
  CHECK(wheel.next_due() == start + 5000ms);
  wheel.advance(start + 5000ms);
  CHECK(a.fired == 1);
  CHECK(wheel.next_due() == time_point::max());
}

TEST_CASE("following next_due runs every timer on its tick") {
  timer_wheel wheel(start, 10ms, 64);
  probe p;
  wheel.arm(p, start, 10'000ms);
  int steps = 0;
  auto now = start;
  while (p.fired == 0) {
    now = wheel.next_due();
    wheel.advance(now);
    REQUIRE(++steps < 100);
  }
  CHECK(now == start + 10'000ms);
}

TEST_CASE("callbacks may arm and cancel any timer, their own included") {
  timer_wheel wheel(start, 10ms, 64);
  probe first;
  probe second;
  probe third;
  auto now = start + 50ms;
  // All three are due in one slot; whichever runs first cancels the others.
  for (auto* p : {&first, &second, &third}) {
    wheel.arm(*p, start, 50ms);
    p->then = [&, p] {
      for (auto* other : {&first, &second, &third})
        if (other != p) other->cancel();
      if (p->fired < 3) wheel.arm(*p, now, 0ms);
    };
  }
  wheel.advance(now);
  CHECK(first.fired + second.fired + third.fired == 1);
  CHECK(wheel.armed() == 1);
  wheel.advance(now += 10ms);
  wheel.advance(now += 10ms);
  wheel.advance(now += 10ms);
  CHECK(first.fired + second.fired + third.fired == 3);
  CHECK(wheel.armed() == 0);
}

TEST_CASE("a callback may destroy its timer and others") {
  timer_wheel wheel(start, 10ms, 64);
  std::vector<std::unique_ptr<probe>> probes;
  int runs = 0;
  for (int i = 0; i < 3; ++i) {
    probes.push_back(std::make_unique<probe>());
    probes.back()->then = [&] {
      ++runs;
      auto gone = std::move(probes);  // the running std::function dies with them: touch nothing
    };
    wheel.arm(*probes.back(), start, 20ms);
  }
  wheel.advance(start + 20ms);
  CHECK(runs == 1);
  CHECK(wheel.armed() == 0);
}

TEST_CASE("a node may outlive its wheel") {
  probe p;
  {
    timer_wheel wheel(start);
    wheel.arm(p, start, 1s);
  }
  CHECK_FALSE(p.armed());
  p.cancel();
}
