#include "cluster/link/own_interest.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::test;
using namespace std::chrono_literals;

namespace {

using rooms = std::vector<std::uint64_t>;

rooms snapshot_sent(const peer_ref& to) {
  rooms all;
  for (const auto& part : sent_items<wire_v1::snapshot_part>(
           to, [](const wire_v1::snapshot_part& p) { return p.rooms.copy(); }))
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<interest_change> changes_sent(const peer_ref& to) {
  std::vector<interest_change> all;
  for (const auto& delta : sent_items<wire_v1::interest_delta>(
           to, [](const wire_v1::interest_delta& d) { return d.changes.copy(); }))
    all.insert(all.end(), delta.begin(), delta.end());
  return all;
}

struct told_rooms {
  int wakes = 0;
  own_interest rooms{1, [this] { ++wakes; }};
};

}  // namespace

TEST_CASE("a new peer is told all rooms, then what changes") {
  told_rooms t;
  t.rooms.added(11);
  const auto a = make_peer(1, "a");
  t.rooms.add_peer(a);
  CHECK(snapshot_sent(a) == rooms{11});
  t.rooms.added(12);
  t.rooms.added(12);  // another shard
  CHECK(t.wakes == 1);
  t.rooms.publish(own_interest::clock::now());
  // What the snapshot covered already is skipped on the other side.
  CHECK(changes_sent(a).back() == interest_change{12, true});
}

TEST_CASE("a room that nobody is in any more is told after a while, unless somebody comes back") {
  told_rooms t;
  const auto a = make_peer(1, "a");
  t.rooms.add_peer(a);
  t.rooms.added(1);
  t.rooms.added(2);
  t.rooms.publish(own_interest::clock::now());
  changes_sent(a);
  t.rooms.removed(1);
  t.rooms.removed(2);
  t.rooms.added(2);
  t.rooms.publish(own_interest::clock::now());
  CHECK(changes_sent(a).empty());
  t.rooms.publish(own_interest::clock::now() + 10s);
  CHECK(changes_sent(a) == std::vector{interest_change{1, false}});
}

TEST_CASE("a join is known when every peer has confirmed it or is down") {
  told_rooms t;
  const auto a = make_peer(1, "a"), b = make_peer(2, "b");
  t.rooms.add_peer(a);
  t.rooms.add_peer(b);
  t.rooms.added(5);
  int known = 0;
  t.rooms.when_known(5, [&] { ++known; });
  t.rooms.publish(own_interest::clock::now());
  CHECK(known == 0);
  t.rooms.confirmed(1, 1);
  CHECK(known == 0);
  CHECK(t.rooms.pending_joins() == 1);
  SUBCASE("confirmed") {
    t.rooms.confirmed(2, 1);
  }
  SUBCASE("down") {
    t.rooms.remove_peer(2);
  }
  CHECK(known == 1);
  CHECK(t.rooms.pending_joins() == 0);
  t.rooms.when_known(5, [&] { ++known; });
  CHECK(known == 2);
}

TEST_CASE("a peer that asks for it is told all rooms again, and now and then their fingerprint") {
  told_rooms t;
  const auto a = make_peer(1, "a");
  t.rooms.add_peer(a);
  t.rooms.added(7);
  t.rooms.publish(own_interest::clock::now());
  snapshot_sent(a);
  t.rooms.repair(1);
  CHECK(snapshot_sent(a) == rooms{7});
  t.rooms.check();
  const auto prints = sent_items<wire_v1::interest_check>(
      a, [](const wire_v1::interest_check& c) { return c.digest; });
  REQUIRE(prints.size() == 1);
  CHECK(prints[0].rooms == 1);
  CHECK(prints[0].sum == interest_mix(7));
}

TEST_CASE("a peer whose queue had no room for all rooms gets them later") {
  told_rooms t;
  for (std::uint64_t room = 1; room <= 3000; ++room) t.rooms.added(room);
  const auto a = make_peer(1, "a");
  a->outbox = std::make_shared<peer_outbox>([](auto) {}, link_queue_options{.max_bytes = 20'000});
  t.rooms.add_peer(a);
  CHECK(snapshot_sent(a).empty());
  a->outbox = std::make_shared<peer_outbox>([](auto) {});
  t.rooms.check();
  CHECK(snapshot_sent(a).size() == 3000);
}
