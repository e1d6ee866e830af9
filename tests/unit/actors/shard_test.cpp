#include "actors/shard.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "tests/unit/actors/node_fixture.hpp"

using pushmesh::actors::shard;
using pushmesh::test::node_fixture;

TEST_CASE("jobs of one thread run in the order of their push, from wherever they come") {
  node_fixture node;
  node.start();
  auto& s = *node.core->shards()[0];
  constexpr int threads = 4, jobs = 20'000;
  std::vector<std::vector<int>> seen(threads);  // written on the shard
  std::vector<std::thread> pushers;
  for (int t = 0; t < threads; ++t)
    pushers.emplace_back([&, t] {
      for (int i = 0; i < jobs; ++i) s.post([&, t, i] { seen[t].push_back(i); });
    });
  for (auto& p : pushers) p.join();
  node.settle();
  for (const auto& numbers : seen) {
    REQUIRE(numbers.size() == jobs);
    for (int i = 0; i < jobs; ++i) CHECK(numbers[i] == i);
  }
}

TEST_CASE("a thread that pushes faster than the shard works waits, and loses nothing") {
  node_fixture node;
  node.start();
  auto& s = *node.core->shards()[0];
  std::promise<void> go;
  s.post([gate = go.get_future().share()] { gate.wait(); });  // the shard stands still
  constexpr int jobs = 200'000;
  std::atomic<int> pushed{0};
  int ran = 0;  // on the shard
  std::thread flood([&] {
    for (int i = 0; i < jobs; ++i) {
      s.post([&ran] { ++ran; });
      ++pushed;
    }
  });
  // What the node itself has queued takes a few of the 65,536 places.
  while (pushed < 65'500) std::this_thread::yield();
  CHECK(pushed <= 65'537);
  go.set_value();
  flood.join();
  CHECK(node.on_shard(0, [&] { return ran; }) == jobs);
}

TEST_CASE("a thread that waits for space is released when the shard stops") {
  std::atomic<bool> refused{false};
  node_fixture node;
  node.start();
  auto& s = *node.core->shards()[0];
  std::promise<void> go;
  s.post([gate = go.get_future().share()] { gate.wait(); });
  std::thread flood([&] {
    while (s.post([] {})) {
    }
    refused = true;
  });
  std::thread stopper([&] {
    go.set_value();
    s.stop();
  });
  stopper.join();
  flood.join();
  CHECK(refused);
}

TEST_CASE("what the end of a shard destroys may still queue work there") {
  node_fixture node;
  node.start();
  auto& s = *node.core->shards()[0];
  constexpr int generations = 10'000;
  int ran = 0;  // on the shard
  std::function<void()> next = [&] {
    if (++ran == generations) return;
    s.retire(std::shared_ptr<void>(nullptr, [&](void*) { s.post(next); }));
  };
  s.post(next);
  s.stop();  // somewhere within
  CHECK(ran == generations);
}

TEST_CASE("what waits for the end of the turn runs once, behind what asked for it") {
  node_fixture node;
  node.start();
  auto& s = *node.core->shards()[0];
  std::vector<int> order;  // on the shard
  s.post([&] {
    s.at_turn_end([&] { order.push_back(2); });
    order.push_back(1);
  });
  node.settle();
  CHECK(node.on_shard(0, [&] { return order; }) == std::vector{1, 2});
  // What asks at a turn's end gets the end of the next, also of the last one.
  s.post([&] { s.at_turn_end([&] { s.at_turn_end([&] { order.push_back(3); }); }); });
  s.stop();
  CHECK(order == std::vector{1, 2, 3});
}
