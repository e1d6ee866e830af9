#include "cluster/link/interest_counts.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;

namespace {

using changes = std::vector<interest_change>;
const interest_counts::clock::time_point start{};

}  // namespace

TEST_CASE("the first shard's join is a change, further ones are not") {
  interest_counts c(1);
  CHECK(c.joined(7) == 1);
  CHECK(c.joined(7) == 1);
  CHECK(c.joined(8) == 2);
  CHECK(c.joined(7) == 1);
  const auto d = c.take(start);
  CHECK(d.first_sequence == 1);
  CHECK(d.changes == changes{{7, true}, {8, true}});
  CHECK(c.take(start).changes.empty());
  CHECK(c.take(start).first_sequence == 3);
}

TEST_CASE("the last leave is a change after the delay") {
  interest_counts c(1, {2000ms, 100});
  c.joined(7);
  c.joined(7);
  c.take(start);
  c.left(7, start);
  CHECK_FALSE(c.next_removal());
  c.left(7, start + 1s);
  CHECK(c.next_removal() == start + 3s);
  CHECK(c.take(start + 2999ms).changes.empty());
  CHECK(c.required_sequence(7) == 1);
  const auto d = c.take(start + 3s);
  CHECK(d.first_sequence == 2);
  CHECK(d.changes == changes{{7, false}});
  CHECK(c.required_sequence(7) == 0);
  CHECK(c.size() == 0);
}

TEST_CASE("who comes back within the delay costs nothing") {
  interest_counts c(1, {2000ms, 100});
  c.joined(7);
  c.take(start);
  for (int i = 0; i < 1000; ++i) {
    c.left(7, start + i * 1ms);
    CHECK(c.joined(7) == 1);
  }
  CHECK(c.take(start + 60s).changes.empty());
  CHECK_FALSE(c.next_removal());  // nothing piled up
  CHECK(c.size() == 1);
}

TEST_CASE("a join after the removal was announced is a new change") {
  interest_counts c(1, {0ms, 100});
  c.joined(7);
  c.left(7, start);
  CHECK(c.take(start).changes == changes{{7, true}, {7, false}});
  CHECK(c.joined(7) == 3);
}

TEST_CASE("leaves nobody joined for are ignored") {
  interest_counts c(1, {0ms, 100});
  c.left(7, start);
  c.joined(7);
  c.left(7, start);
  c.left(7, start);
  c.left(7, start);
  CHECK(c.take(start).changes == changes{{7, true}, {7, false}});
}

TEST_CASE("a mass leave is announced in slices") {
  interest_counts c(1, {0ms, 100});
  for (std::uint64_t room = 1; room <= 1000; ++room) c.joined(room);
  c.take(start);
  for (std::uint64_t room = 1; room <= 1000; ++room) c.left(room, start);
  for (int i = 0; i < 10; ++i) {
    CHECK(c.next_removal() == start);
    CHECK(c.take(start).changes.size() == 100);
  }
  CHECK(c.take(start).changes.empty());
  CHECK(c.digest().sum == 0);
}

TEST_CASE("snapshots, digests and deltas of random joins tell the same") {
  std::mt19937_64 random(17);
  interest_counts c(random(), {500ms, 20});
  std::map<std::uint64_t, int> shards;
  std::set<std::uint64_t> told;
  std::uint64_t sequence = 0;
  auto now = start;
  for (int step = 0; step < 40'000; ++step) {
    now += std::chrono::milliseconds(random() % 20);
    const auto room = 1 + random() % 300;
    if (random() % 2) {
      ++shards[room];
      const auto needed = c.joined(room);
      REQUIRE(needed <= c.digest().sequence);
      REQUIRE(c.required_sequence(room) == needed);
    } else if (shards[room] > 0) {
      --shards[room];
      c.left(room, now);
    }
    if (step % 50) continue;
    const auto d = c.take(now);
    REQUIRE(d.first_sequence == sequence + 1);
    for (const auto& change : d.changes) {
      ++sequence;
      REQUIRE(change.interested == told.insert(change.room).second);
      if (!change.interested) told.erase(change.room);
    }
    const auto all = c.snapshot();
    REQUIRE(std::set<std::uint64_t>(all.rooms.begin(), all.rooms.end()) == told);
    REQUIRE(all.digest.sequence == sequence);
    std::uint64_t sum = 0;
    for (const auto r : told) sum += interest_mix(r);
    REQUIRE(all.digest.sum == sum);
    for (const auto& [r, n] : shards)
      if (n > 0) REQUIRE(told.contains(r));
  }
}
