#include "cluster/link/failure_detector.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <random>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;

namespace {

using detector = failure_detector;
using time_point = detector::clock::time_point;
using state = detector::state;

// Two nodes that watch each other over two one-way lines, in steps of a millisecond.
struct pair_of_nodes {
  struct node {
    detector watch{time_point{}};
    std::deque<std::pair<time_point, bool>> inbox;  // arrival, is it a pong
    time_point next_tick{};
    std::chrono::milliseconds tick = 100ms;
    bool stopped = false;
    std::optional<time_point> down_at;
    int pings = 0;
  };
  node nodes[2];
  bool cut[2] = {false, false};  // the line from node i
  std::chrono::milliseconds delay = 1ms;
  time_point now{};

  void send(int from, bool pong) {
    if (!cut[from]) nodes[1 - from].inbox.emplace_back(now + delay, pong);
  }
  void step(int i) {
    auto& n = nodes[i];
    if (n.stopped) return;
    while (!n.inbox.empty() && n.inbox.front().first <= now) {
      if (n.inbox.front().second)
        n.watch.progress(now);
      else
        send(i, true);
      n.inbox.pop_front();
    }
    if (now < n.next_tick) return;
    n.next_tick = now + n.tick;
    const auto d = n.watch.tick(now);
    if (d.send_ping) ++n.pings, send(i, false);
    if (d.now == state::down && !n.down_at) n.down_at = now;
  }
  void run(std::chrono::milliseconds time) {
    for (const auto end = now + time; now < end; now += 1ms) step(0), step(1);
  }
};

}  // namespace

TEST_CASE("an idle pair stays up with two pings a second") {
  pair_of_nodes p;
  p.run(60s);
  for (const auto& n : p.nodes) {
    CHECK_FALSE(n.down_at);
    CHECK(n.pings >= 90);
    CHECK(n.pings <= 125);
  }
}

TEST_CASE("a busy link needs no pings") {
  detector d{time_point{}};
  time_point now{};
  for (int i = 0; i < 1000; ++i) {
    now += 100ms;
    d.progress(now);
    CHECK_FALSE(d.tick(now).send_ping);
  }
}

TEST_CASE("a frozen peer is noticed within three seconds, whenever it freezes") {
  for (const auto tick : {20ms, 100ms, 200ms})
    for (auto moment = 5000ms; moment < 5700ms; moment += 17ms) {
      pair_of_nodes p;
      p.nodes[0].tick = p.nodes[1].tick = tick;
      p.run(moment);
      p.nodes[1].stopped = true;
      p.run(3s);
      REQUIRE(p.nodes[0].down_at);
    }
}

TEST_CASE("a black hole in one direction is noticed on both sides within three seconds") {
  for (int from : {0, 1})
    for (auto moment = 5000ms; moment < 5700ms; moment += 17ms) {
      pair_of_nodes p;
      p.run(moment);
      p.cut[from] = true;
      p.run(3s);
      REQUIRE(p.nodes[0].down_at);
      REQUIRE(p.nodes[1].down_at);
    }
}

TEST_CASE("a pause or a slow line of a second brings nobody down") {
  pair_of_nodes p;
  p.run(5s);
  p.nodes[1].stopped = true;
  p.run(1s);
  p.nodes[1].stopped = false;
  p.run(5s);
  p.delay = 400ms;
  p.run(20s);
  for (const auto& n : p.nodes) CHECK_FALSE(n.down_at);
}

TEST_CASE("after its own stop a node asks once more before it declares anybody down") {
  for (const auto stop : {1100ms, 2500ms, 30'000ms}) {
    pair_of_nodes p;
    p.run(5s);
    // Both stop, as on a suspended machine; or the peer would have declared us down meanwhile.
    p.now += stop;
    p.run(10s);
    CHECK_FALSE(p.nodes[0].down_at);
    CHECK_FALSE(p.nodes[1].down_at);
  }
}

TEST_CASE("a stop after which the other side has given us up is told from a shorter one") {
  detector d{time_point{}};
  d.tick(time_point{} + 100ms);
  CHECK_FALSE(d.stood_still(time_point{} + 200ms));
  CHECK_FALSE(d.stood_still(time_point{} + 2300ms));
  CHECK(d.stood_still(time_point{} + 2301ms));
  // What comes meanwhile is no sign that this process ran.
  d.progress(time_point{} + 2000ms);
  CHECK(d.stood_still(time_point{} + 2301ms));
  d.tick(time_point{} + 2200ms);
  CHECK_FALSE(d.stood_still(time_point{} + 2301ms));
}

TEST_CASE("the first tick after a stop sends a ping at once") {
  detector d{time_point{}};
  d.progress(time_point{} + 100ms);
  CHECK_FALSE(d.tick(time_point{} + 150ms).send_ping);
  const auto after = d.tick(time_point{} + 40s);
  CHECK(after.send_ping);
  CHECK(after.now == state::up);
}

TEST_CASE("a peer that died during our stop is down within three seconds of its end") {
  pair_of_nodes p;
  p.run(5s);
  p.nodes[0].stopped = p.nodes[1].stopped = true;
  p.run(30s);
  p.nodes[0].stopped = false;
  const auto woke = p.now;
  p.run(3s);
  REQUIRE(p.nodes[0].down_at);
  CHECK(*p.nodes[0].down_at - woke >= 2s);  // it had its ping round
}

TEST_CASE("a node that stalls all the time still notices a death") {
  detector d{time_point{}};
  time_point now{};
  int ticks = 0;
  while (d.tick(now += 1500ms).now != state::down) REQUIRE(++ticks < 10);
  CHECK(ticks >= 3);
}

TEST_CASE("suspicion comes before down, ends with progress, and down is final") {
  detector d{time_point{}};
  time_point now{};
  const auto until = [&](state wanted) {
    for (int i = 0; i < 100; ++i) {
      const auto r = d.tick(now += 100ms);
      if (r.changed) return r.now == wanted;
    }
    return false;
  };
  CHECK(until(state::suspected));
  CHECK(now == time_point{} + 1000ms);
  d.progress(now + 50ms);
  CHECK(until(state::up));
  CHECK(until(state::suspected));
  CHECK(until(state::down));
  d.progress(now + 10ms);
  CHECK(d.tick(now + 20ms).now == state::down);
}

TEST_CASE("progress at random moments closer than the limit never brings a peer down") {
  std::mt19937 random(42);
  detector d{time_point{}};
  time_point now{}, next_progress{};
  for (int i = 0; i < 100'000; ++i) {
    now += std::chrono::milliseconds(random() % 200);
    if (now >= next_progress) {
      d.progress(now);
      next_progress = now + std::chrono::milliseconds(random() % 1800);
    }
    REQUIRE(d.tick(now).now != state::down);
  }
}
