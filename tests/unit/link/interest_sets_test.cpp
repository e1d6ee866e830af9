#include "cluster/link/interest_sets.hpp"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

using namespace pushmesh::cluster;

namespace {

std::set<peer_slot> members(const interest_sets& sets, interest_sets::handle h) {
  interest_peers all;
  sets.collect(h, all);
  std::set<peer_slot> result;
  all.for_each([&](peer_slot p) { result.insert(p); });
  CHECK(result.size() == all.size());
  return result;
}

}  // namespace

TEST_CASE("random sets of all sizes agree with plain sets") {
  std::mt19937 random(99);
  interest_sets sets;
  // Clusters of few nodes, of more than 128 and of very many: each kind of block and each way
  // between them.
  for (unsigned const peers : {3u, 20u, 128u, 140u, 1024u}) {
    std::vector<interest_sets::handle> handles(30);
    std::vector<std::set<peer_slot>> models(handles.size());
    for (int step = 0; step < 60'000; ++step) {
      const auto i = random() % handles.size();
      // Sets grow to a size of their own, some to all peers, and shrink again.
      const auto grow = models[i].size() < 1 + i * i * peers / 900 && step / 15'000 % 2 == 0;
      const auto p = static_cast<peer_slot>(peers - 1 - random() % peers);
      if (grow || random() % 8 == 0) {
        REQUIRE(sets.insert(handles[i], p) == models[i].insert(p).second);
      } else if (!models[i].empty()) {
        const auto victim = *models[i].begin();
        const auto which = random() % 2 ? victim : p;
        REQUIRE(sets.erase(handles[i], which) == (models[i].erase(which) > 0));
      }
      REQUIRE(handles[i].none() == models[i].empty());
      REQUIRE(sets.contains(handles[i], p) == models[i].contains(p));
      if (step % 13 == 0) REQUIRE(members(sets, handles[i]) == models[i]);
    }
    for (std::size_t i = 0; i < handles.size(); ++i)
      while (!models[i].empty()) {
        REQUIRE(sets.erase(handles[i], *models[i].begin()));
        models[i].erase(models[i].begin());
        REQUIRE(members(sets, handles[i]) == models[i]);
      }
  }
}

TEST_CASE("up to three peers need no block, and blocks are reused") {
  interest_sets sets;
  interest_sets::handle h;
  for (peer_slot p : {1023, 0, 512}) sets.insert(h, p);
  CHECK(sets.memory() == 0);
  for (int round = 0; round < 1000; ++round) {
    for (peer_slot p = 0; p < 10; ++p) sets.insert(h, p);
    for (peer_slot p = 0; p < 10; ++p) sets.erase(h, p);
  }
  CHECK(sets.memory() < 1000);
}
