#include "cluster/push/store/rendezvous.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace pushmesh::cluster;
using namespace pushmesh::cluster::push;

namespace {

incarnation_id node(std::uint8_t n) {
  return incarnation_id::make(1'700'000'000'000 + n, {n, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}
std::vector<incarnation_id> nodes(std::uint8_t count) {
  std::vector<incarnation_id> all;
  for (std::uint8_t n = 1; n <= count; ++n) all.push_back(node(n));
  return all;
}
std::string key(int n) {
  return "user" + std::to_string(n);
}

}  // namespace

TEST_CASE("all nodes agree on these scores, for ever") {
  CHECK(rendezvous_score(node(1), "u1") == 0x7f7fa69e1e43c5f3ull);
  CHECK(rendezvous_score(node(2), "u1") == 0xa83660faaf7a04c3ull);
  CHECK(rendezvous_score(node(1), "") == 0xe7a27fc0e179056dull);
  CHECK(rendezvous_score(incarnation_id{}, "a longer key, \xc3\xbc") == 0xc53f234c72893acfull);
}

TEST_CASE("owner and copy do not depend on the order of the nodes") {
  auto all = nodes(5);
  const auto expected = rendezvous(all, "u1");
  std::sort(all.begin(), all.end(), std::greater<>());
  do CHECK(rendezvous(all, "u1") == expected);
  while (std::prev_permutation(all.begin(), all.end()));
}

TEST_CASE("a node alone owns all, without a copy") {
  CHECK(rendezvous(nodes(1), "u1") == rendezvous_pair{node(1), std::nullopt});
}

TEST_CASE("the copy is elsewhere") {
  for (int i = 0; i < 1000; ++i) {
    const auto p = rendezvous(nodes(3), key(i));
    REQUIRE(p.replica.has_value());
    CHECK(p.owner != *p.replica);
  }
}

TEST_CASE("users are spread evenly, as owned and as copied") {
  std::map<incarnation_id, int> owned, copied;
  for (int i = 0; i < 30'000; ++i) {
    const auto p = rendezvous(nodes(3), key(i));
    ++owned[p.owner];
    ++copied[*p.replica];
  }
  for (const auto& n : nodes(3)) {
    CHECK(std::abs(owned[n] - 10'000) < 500);
    CHECK(std::abs(copied[n] - 10'000) < 500);
  }
}

TEST_CASE("when a node leaves its users go to who has their copies, all others stay") {
  const auto before = nodes(4);
  auto after = before;
  after.erase(after.begin() + 2);
  for (int i = 0; i < 5'000; ++i) {
    const auto was = rendezvous(before, key(i));
    const auto is = rendezvous(after, key(i));
    CHECK(is.owner == (was.owner == node(3) ? *was.replica : was.owner));
  }
}
