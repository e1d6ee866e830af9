#include "cluster/link/join_barrier.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace pushmesh::cluster;
using ids = std::vector<join_barrier::join_id>;
using added = join_barrier::added;

TEST_CASE("a node without peers completes joins at once") {
  join_barrier b;
  CHECK(b.add(1, 1) == added::complete);
}

TEST_CASE("a join completes when the last peer has confirmed its number") {
  join_barrier b;
  b.peer_up(10, 0);
  b.peer_up(11, 0);
  CHECK(b.add(1, 1) == added::waiting);
  CHECK(b.add(2, 2) == added::waiting);
  CHECK(b.confirmed(10, 2).empty());
  CHECK(b.confirmed(11, 1) == ids{1});
  CHECK(b.confirmed(11, 2) == ids{2});
  CHECK(b.add(3, 2) == added::complete);
  CHECK(b.pending() == 0);
}

TEST_CASE("a peer that goes down is no longer waited for") {
  join_barrier b;
  b.peer_up(10, 0);
  b.peer_up(11, 0);
  CHECK(b.add(1, 5) == added::waiting);
  CHECK(b.confirmed(10, 5).empty());
  CHECK(b.peer_down(11) == ids{1});
  CHECK(b.add(2, 6) == added::waiting);
  CHECK(b.peer_down(10) == ids{2});
  CHECK(b.peer_down(10).empty());
}

TEST_CASE("a peer that comes up delays only joins that its snapshot does not cover") {
  join_barrier b;
  b.peer_up(10, 0);
  CHECK(b.add(1, 3) == added::waiting);
  b.peer_up(11, 3);
  CHECK(b.add(2, 4) == added::waiting);
  CHECK(b.confirmed(10, 4) == ids{1});
  CHECK(b.confirmed(11, 4) == ids{2});
}

TEST_CASE("old, repeated and foreign confirmations change nothing") {
  join_barrier b;
  b.peer_up(10, 4);
  CHECK(b.add(1, 5) == added::waiting);
  CHECK(b.confirmed(10, 4).empty());
  CHECK(b.confirmed(10, 1).empty());
  CHECK(b.confirmed(99, 1000).empty());
  CHECK(b.pending() == 1);
  CHECK(b.confirmed(10, 5) == ids{1});
  CHECK(b.confirmed(10, 5).empty());
}

TEST_CASE("more joins than the bound are refused") {
  join_barrier b(2);
  b.peer_up(10, 0);
  CHECK(b.add(1, 1) == added::waiting);
  CHECK(b.add(2, 2) == added::waiting);
  CHECK(b.add(3, 3) == added::full);
  CHECK(b.confirmed(10, 3) == ids{1, 2});
}

TEST_CASE("random peers and joins agree with a plain model") {
  std::mt19937 random(3);
  join_barrier b;
  std::map<std::uint64_t, std::uint64_t> peers;  // confirmed
  std::map<std::uint64_t, std::uint64_t> joins;  // sequence
  std::uint64_t sequence = 0, next = 1;
  const auto expected = [&] {
    std::set<std::uint64_t> done;
    for (const auto& [id, s] : joins)
      if (std::all_of(peers.begin(), peers.end(), [&](auto& p) { return p.second >= s; }))
        done.insert(id);
    for (const auto id : done) joins.erase(id);
    return done;
  };
  for (int step = 0; step < 50'000; ++step) {
    ids done;
    switch (random() % 8) {
      case 0:
        if (peers.size() >= 20) break;
        b.peer_up(next, sequence);
        peers[next++] = sequence;
        break;
      case 1:
        if (!peers.empty() && random() % 4 == 0) {
          const auto p = std::next(peers.begin(), random() % peers.size())->first;
          peers.erase(p);
          done = b.peer_down(p);
        }
        break;
      case 2:
      case 3: {
        const auto wanted = random() % 3 && sequence > 0
                                ? sequence - random() % std::min<std::uint64_t>(sequence, 5)
                                : ++sequence;
        joins[next] = wanted;
        const auto result = b.add(next++, wanted);
        if (result == added::complete) done.push_back(next - 1);
        break;
      }
      default:
        if (!peers.empty()) {
          const auto at = std::next(peers.begin(), random() % peers.size());
          const auto upto = at->second + random() % (sequence - at->second + 1);
          at->second = upto;
          done = b.confirmed(at->first, upto);
        }
    }
    REQUIRE(std::set<std::uint64_t>(done.begin(), done.end()) == expected());
    REQUIRE(b.pending() == joins.size());
  }
}
