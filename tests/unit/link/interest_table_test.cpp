#include "cluster/link/interest_table.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cluster/link/interest_counts.hpp"

using namespace pushmesh::cluster;
using outcome = interest_table::outcome;
using rooms = std::vector<std::uint64_t>;

namespace {

// A peer whose table is current with these rooms after `sequence` changes.
peer_slot up_with(interest_table& table, const rooms& list, std::uint64_t sequence = 0) {
  interest_digest d{sequence, list.size(), 0};
  for (const auto r : list) d.sum += interest_mix(r);
  const auto p = table.add_peer().value();
  table.start_snapshot(p);
  table.add_to_snapshot(p, list);
  CHECK(table.finish_snapshot(p, d) == outcome::current);
  return p;
}

rooms found(const interest_table& table, const rooms& wanted) {
  rooms result;
  table.interested(wanted).for_each([&](peer_slot p) { result.push_back(p); });
  return result;
}

}  // namespace

TEST_CASE("an emit goes to each interested peer once and to no other") {
  interest_table t(1);
  const auto a = up_with(t, {10, 11});
  const auto b = up_with(t, {11, 12});
  const auto c = up_with(t, {});
  CHECK(found(t, {10}) == rooms{a});
  CHECK(found(t, {11}) == rooms{a, b});
  CHECK(found(t, {10, 12, 11}) == rooms{a, b});
  CHECK(found(t, {13}) == rooms{});
  CHECK(found(t, {}) == rooms{});
  CHECK(t.current(c));
}

TEST_CASE("rooms are asked for by name, and no room means the whole namespace") {
  interest_table t(1);
  interest_hash const chat("/chat");
  rooms many;
  for (int i = 0; i < 100; ++i) many.push_back(chat.room("r" + std::to_string(i)));
  const auto a = up_with(t, many);
  const auto b = up_with(t, {chat.whole_namespace()});
  const auto asked = [&](std::string_view nsp, std::vector<std::string> names) {
    rooms result;
    t.interested(nsp, names).for_each([&](peer_slot p) { result.push_back(p); });
    return result;
  };
  CHECK(asked("/chat", {}) == rooms{b});
  CHECK(asked("/chat", {"r5"}) == rooms{a});
  CHECK(asked("/", {"r5"}) == rooms{});
  // The only known room stands anywhere in a long list.
  for (std::size_t at : {0u, 31u, 32u, 63u, 64u, 69u}) {
    std::vector<std::string> names(70, "nowhere");
    names[at] = "r7";
    CHECK(asked("/chat", names) == rooms{a});
  }
  CHECK(asked("/chat", std::vector<std::string>(64, "nowhere")) == rooms{});
}

TEST_CASE("a peer counts as interested in all until its table is current") {
  interest_table t(1);
  const auto p = t.add_peer().value();
  CHECK(found(t, {1}) == rooms{p});
  CHECK(t.confirmed(p) == 0);
  t.start_snapshot(p);
  CHECK(found(t, {1}) == rooms{p});
  t.add_to_snapshot(p, rooms{2});
  CHECK(found(t, {1}) == rooms{p});
  CHECK(t.finish_snapshot(p, {5, 1, interest_mix(2)}) == outcome::current);
  CHECK(found(t, {1}) == rooms{});
  CHECK(found(t, {2}) == rooms{p});
  CHECK(t.confirmed(p) == 5);
}

TEST_CASE("deltas apply in order, and what is known already is skipped") {
  interest_table t(1);
  const auto p = up_with(t, {1}, 5);
  CHECK(t.apply(p, {6, {{2, true}, {1, false}}}) == outcome::current);
  CHECK(found(t, {1}) == rooms{});
  CHECK(found(t, {2}) == rooms{p});
  CHECK(t.confirmed(p) == 7);
  CHECK(t.apply(p, {4, {{1, true}, {1, true}}}) == outcome::current);
  CHECK(found(t, {1}) == rooms{});  // old news
  CHECK(t.apply(p, {7, {{1, true}, {3, true}}}) == outcome::current);
  CHECK(found(t, {1}) == rooms{});
  CHECK(found(t, {3}) == rooms{p});
  CHECK(t.confirmed(p) == 8);
}

TEST_CASE("after a gap a peer gets everything until a snapshot repairs it") {
  interest_table t(1);
  const auto p = up_with(t, {1}, 5);
  CHECK(t.apply(p, {7, {{2, true}}}) == outcome::repair);
  CHECK(t.apply(p, {8, {{3, true}}}) == outcome::waiting);
  CHECK(found(t, {99}) == rooms{p});
  CHECK(t.confirmed(p) == 0);
  t.start_snapshot(p);
  t.add_to_snapshot(p, rooms{2, 3});
  CHECK(t.finish_snapshot(p, {8, 2, interest_mix(2) + interest_mix(3)}) == outcome::current);
  CHECK(found(t, {1}) == rooms{});
  CHECK(found(t, {2}) == rooms{p});
  CHECK(found(t, {99}) == rooms{});
}

TEST_CASE("a digest that differs, a wrong snapshot and early deltas call for repair") {
  interest_table t(1);
  const auto p = up_with(t, {1}, 5);
  CHECK(t.check(p, {5, 1, interest_mix(1)}) == outcome::current);
  CHECK(t.check(p, {5, 1, interest_mix(2)}) == outcome::repair);
  CHECK(found(t, {99}) == rooms{p});

  const auto q = t.add_peer().value();
  CHECK(t.apply(q, {1, {{1, true}}}) == outcome::waiting);
  t.start_snapshot(q);
  t.add_to_snapshot(q, rooms{1});
  CHECK(t.finish_snapshot(q, {1, 2, 0}) == outcome::repair);

  const auto r = t.add_peer().value();
  t.start_snapshot(r);
  CHECK(t.apply(r, {1, {{1, true}}}) == outcome::repair);
  CHECK(t.finish_snapshot(r, {0, 0, 0}) == outcome::waiting);
  CHECK(found(t, {99}) == rooms{p, q, r});
}

TEST_CASE("a digest from the future is a gap") {
  interest_table t(1);
  const auto p = up_with(t, {}, 5);
  CHECK(t.check(p, {6, 0, 0}) == outcome::repair);
}

TEST_CASE("nonsense from a peer changes nothing for others") {
  interest_table t(1);
  const auto good = up_with(t, {1});
  const auto bad = up_with(t, {}, 3);
  CHECK(t.apply(bad, {4, {{1, false}, {0, true}, {0, false}, {1, true}, {1, true}}}) ==
        outcome::current);
  CHECK(t.apply(bad, {0, {{1, false}}}) == outcome::repair);
  CHECK(t.apply(bad, {~0ull, {{1, false}}}) == outcome::waiting);
  CHECK(found(t, {1}) == rooms{good, bad});
  t.remove_peer(bad);
  CHECK(found(t, {1}) == rooms{good});
}

TEST_CASE("a removed peer is in no answer, and its slot returns after the sweep") {
  interest_table t(1);
  rooms many;
  for (std::uint64_t i = 1; i <= 5000; ++i) many.push_back(i);
  const auto a = up_with(t, many);
  const auto b = up_with(t, {1, 2, 3});
  t.remove_peer(a);
  CHECK(found(t, {1}) == rooms{b});
  CHECK(found(t, {4}) == rooms{});
  CHECK(t.add_peer() != a);
  int slices = 0;
  while (t.sweep(1)) ++slices;
  CHECK(slices == 255);
  CHECK(t.rooms() == 3);
  CHECK(t.add_peer() == a);
  CHECK(found(t, {4}).size() == 2);  // both new ones, not current
}

TEST_CASE("a peer that left before it told anything frees its slot at once") {
  interest_table t(1);
  const auto p = t.add_peer().value();
  t.remove_peer(p);
  CHECK_FALSE(t.sweep());
  CHECK(t.add_peer() == p);
}

TEST_CASE("the 1025th peer is refused") {
  interest_table t(1);
  for (int i = 0; i < 1024; ++i) CHECK(t.add_peer());
  CHECK_FALSE(t.add_peer());
  t.remove_peer(1000);
  CHECK(t.add_peer() == 1000);
}
