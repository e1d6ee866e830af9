#include "actors/bridge/feed_switch.hpp"

#include <doctest/doctest.h>

using pushmesh::actors::feed_switch;
using verdict = feed_switch::verdict;

TEST_CASE("a node that nobody feeds delivers what its own Redis brings, proven or not") {
  feed_switch s;
  CHECK(s.on_message(false) == verdict::deliver);
  s.live(0);
  CHECK(s.on_own());
  CHECK(s.on_message(false) == verdict::deliver);
}

TEST_CASE("while another node feeds this one its own Redis does not count until it is proven") {
  feed_switch s;
  CHECK(s.on_message(true) == verdict::ignore);
  CHECK(!s.on_own());
  CHECK(s.switching() == 0);
}

TEST_CASE("our marker comes first: what follows it is held until the other node has stopped") {
  feed_switch s;
  s.live(7);
  CHECK(s.switching() == 7);
  CHECK(s.on_message(true) == verdict::ignore);
  CHECK(!s.own_marker(7));
  CHECK(s.on_message(true) == verdict::hold);
  CHECK(s.handed_over(7));
  CHECK(s.on_own());
  CHECK(s.switching() == 0);
}

TEST_CASE("the other node stops first: what comes before our marker was delivered by it") {
  feed_switch s;
  s.live(7);
  CHECK(!s.handed_over(7));
  CHECK(s.on_message(false) == verdict::ignore);
  CHECK(s.own_marker(7));
  CHECK(s.on_message(false) == verdict::deliver);
}

TEST_CASE("the other node is lost in between: the own messages count at once") {
  feed_switch s;
  s.live(7);
  CHECK(s.feeder_lost(7));
  CHECK(s.on_own());
  s.down();
  s.live(8);
  CHECK(!s.own_marker(8));
  CHECK(s.feeder_lost(8));
  CHECK(s.on_own());
}

TEST_CASE("markers and ends of other leases change nothing") {
  feed_switch s;
  CHECK(!s.handed_over(0));
  CHECK(!s.feeder_lost(7));
  s.live(7);
  CHECK(!s.own_marker(6));
  CHECK(!s.handed_over(6));
  CHECK(!s.feeder_lost(6));
  CHECK(s.on_message(true) == verdict::ignore);
  s.down();
  CHECK(!s.own_marker(7));
  CHECK(!s.handed_over(7));
  CHECK(s.switching() == 0);
}
