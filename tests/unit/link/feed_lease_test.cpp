#include "cluster/link/feed_lease.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace std::chrono_literals;
using pushmesh::cluster::feed_lease;

namespace {

const feed_lease::time_point t0{};

/// The one order there is.
feed_lease::order only(const feed_lease::orders& all) {
  REQUIRE(all.size() == 1);
  return all.front();
}

}  // namespace

TEST_CASE("a node without Redis asks one of those that have one, once") {
  feed_lease l("me----", 1);
  CHECK(l.tick(t0).empty());
  l.peer_bridges(1, "a-----", "k");
  l.peer_bridges(2, "b-----", "k");
  const auto ask = only(l.tick(t0));
  CHECK(ask.wanted);
  CHECK(ask.number != 0);
  CHECK(l.tick(t0 + 1s).empty());
  CHECK(l.number() == ask.number);
  CHECK(l.feeder() == 0);
  CHECK(l.granted(ask.link, ask.number));
  CHECK(l.feeder() == ask.link);
  CHECK(l.tick(t0 + 1h).empty());
}

TEST_CASE("when the node that feeds is lost the other one is asked at once, by another number") {
  feed_lease l("me----", 1);
  l.peer_bridges(1, "a-----", "k");
  l.peer_bridges(2, "b-----", "k");
  const auto first = only(l.tick(t0));
  l.granted(first.link, first.number);
  const auto end = l.peer_stopped(first.link);
  REQUIRE(end);
  CHECK(end->number == first.number);
  CHECK(end->was_granted);
  CHECK(!end->while_live);
  const auto second = only(l.tick(t0));
  CHECK(second.link == 3 - first.link);
  CHECK(second.number != first.number);
}

TEST_CASE("the loss of a node that does not feed changes nothing") {
  feed_lease l("me----", 1);
  l.peer_bridges(1, "a-----", "k");
  l.peer_bridges(2, "b-----", "k");
  const auto ask = only(l.tick(t0));
  CHECK(!l.peer_stopped(3 - ask.link));
  CHECK(l.number() == ask.number);
}

TEST_CASE("nodes choose differently, each always the same") {
  bool one = false, two = false;
  for (const auto* tag : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}) {
    feed_lease l(tag, 1), again(tag, 99);
    for (auto* x : {&l, &again}) {
      x->peer_bridges(1, "one---", "k");
      x->peer_bridges(2, "two---", "k");
    }
    const auto link = only(l.tick(t0)).link;
    CHECK(only(again.tick(t0)).link == link);
    (link == 1 ? one : two) = true;
  }
  CHECK((one && two));
}

TEST_CASE("a grant that does not come is released, and another node asked") {
  feed_lease l("me----", 1);
  l.peer_bridges(1, "a-----", "k");
  l.peer_bridges(2, "b-----", "k");
  const auto first = only(l.tick(t0));
  CHECK(l.tick(t0 + feed_lease::grant_patience - 1ms).empty());
  const auto orders = l.tick(t0 + feed_lease::grant_patience);
  REQUIRE(orders.size() == 2);
  CHECK(orders[0] == feed_lease::order{first.link, first.number, false});
  CHECK(orders[1].wanted);
  CHECK(orders[1].link == 3 - first.link);
  CHECK(!l.granted(first.link, first.number));
}

TEST_CASE("a node with Redis wants a lease only between losing it and having it again") {
  feed_lease l("me----", 1);
  l.has_own("k");
  l.peer_bridges(1, "a-----", "k");
  CHECK(l.tick(t0).empty());
  l.own_lost();
  const auto ask = only(l.tick(t0));
  l.granted(1, ask.number);
  CHECK(l.own_live() == ask.number);
  const auto end = l.handed_over(1, ask.number, t0);
  REQUIRE(end);
  CHECK(end->while_live);
  CHECK(l.tick(t0 + 1h).empty());
  CHECK(l.own_live() == 0);
}

TEST_CASE("a node with Redis asks only those with its own key") {
  feed_lease l("me----", 1);
  l.has_own("mine");
  l.peer_bridges(1, "a-----", "other");
  l.own_lost();
  CHECK(l.tick(t0).empty());
  l.peer_bridges(2, "b-----", "mine");
  CHECK(only(l.tick(t0)).link == 2);
}

TEST_CASE("a lease that is handed over although Redis went again is asked for anew") {
  feed_lease l("me----", 1);
  l.has_own("k");
  l.peer_bridges(1, "a-----", "k");
  l.own_lost();
  const auto first = only(l.tick(t0));
  l.granted(1, first.number);
  l.own_live();
  l.own_lost();
  CHECK(l.tick(t0).empty());
  const auto end = l.handed_over(1, first.number, t0);
  REQUIRE(end);
  CHECK(!end->while_live);
  CHECK(l.tick(t0).empty());
  const auto second = only(l.tick(t0 + feed_lease::pause));
  CHECK(second.number != first.number);
}

TEST_CASE("a node that was given up is asked again only when it tells anew that it bridges") {
  feed_lease l("me----", 1);
  l.has_own("k");
  l.peer_bridges(1, "a-----", "k");
  l.own_lost();
  const auto ask = only(l.tick(t0));
  l.granted(1, ask.number);
  CHECK(l.give_up(ask.number + 1).empty());
  CHECK(only(l.give_up(ask.number)) == feed_lease::order{1, ask.number, false});
  CHECK(l.tick(t0 + 1h).empty());
  l.peer_bridges(1, "a-----", "k");
  CHECK(only(l.tick(t0 + 1h)).wanted);
}

TEST_CASE("words about other leases are not heard") {
  feed_lease l("me----", 1);
  l.peer_bridges(1, "a-----", "k");
  CHECK(!l.granted(1, 0));
  CHECK(!l.handed_over(1, 0, t0));
  const auto ask = only(l.tick(t0));
  CHECK(!l.granted(1, ask.number + 1));
  CHECK(!l.granted(2, ask.number));
  CHECK(!l.handed_over(2, ask.number, t0));
  CHECK(l.feeder() == 0);
}
