#include "cluster/link/credit.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

#include "cluster/link/batch_order.hpp"

using namespace pushmesh::cluster;

TEST_CASE("sending is allowed while there is credit, and one item may overdraw it") {
  send_credit c(1000);
  CHECK(c.may_send());
  c.spend(999);
  CHECK(c.may_send());
  c.spend(500);
  CHECK(!c.may_send());
  CHECK(c.available() == -499);
  CHECK(c.in_flight() == 1499);
  CHECK(c.grant(499));
  CHECK(!c.may_send());
  CHECK(c.grant(1));
  CHECK(c.may_send());
}

TEST_CASE("more credit than was spent is an error of the other side and changes nothing") {
  send_credit c(1000);
  CHECK(!c.grant(1));
  c.spend(10);
  CHECK(!c.grant(11));
  CHECK(!c.grant(UINT64_MAX));
  CHECK(c.available() == 990);
  CHECK(c.grant(10));
  CHECK(c.grant(0));
  CHECK(c.available() == 1000);
}

TEST_CASE("credit is returned when a quarter of the window was taken") {
  receive_credit c(1000);
  CHECK(c.received(600));
  CHECK(c.gathered_return() == 0);
  CHECK(c.taken(249));
  CHECK(c.gathered_return() == 0);
  CHECK(c.taken(1));
  CHECK(c.gathered_return() == 250);
  CHECK(c.gathered_return() == 0);
  CHECK(c.held() == 350);
}

TEST_CASE("an idle link returns all that was taken, and nothing twice") {
  receive_credit c(1000);
  CHECK(c.idle_return() == 0);
  CHECK(c.received(600));
  CHECK(c.idle_return() == 0);
  CHECK(c.taken(10));
  CHECK(c.idle_return() == 10);
  CHECK(c.idle_return() == 0);
}

TEST_CASE("a sender without credit is noticed") {
  receive_credit c(1000);
  CHECK(c.received(999));
  CHECK(c.received(1 + wire_v1::max_item));  // overdrawn once
  CHECK(!c.received(1));
  CHECK(c.held() == 1000 + wire_v1::max_item);
  CHECK(c.received(0));  // control items cost nothing
}

TEST_CASE("more cannot be taken than was received") {
  receive_credit c(1000);
  CHECK(c.received(10));
  CHECK(!c.taken(11));
  CHECK(c.taken(10));
  CHECK(!c.taken(1));
  CHECK(c.idle_return() == 10);
}

TEST_CASE("whatever happens in between, the two ends add up to the window") {
  constexpr std::size_t window = 10'000;
  constexpr std::size_t longest = 3000;
  std::mt19937 random(11);
  const auto below = [&random](std::size_t n) { return random() % n; };
  for (int round = 0; round < 20; ++round) {
    send_credit sender(window);
    receive_credit receiver(window);
    std::deque<std::size_t> to_receiver, to_sender, held;
    std::size_t sent = 0, returns = 0;
    const auto on_the_way = [](const std::deque<std::size_t>& q) {
      std::size_t sum = 0;
      for (const auto n : q) sum += n;
      return sum;
    };
    const auto check_sums = [&] {
      // Sent and not returned: under way, held by the shards, due, or on the way back.
      const auto known = on_the_way(to_receiver) + receiver.held() + on_the_way(to_sender);
      REQUIRE(sender.in_flight() >= known);
      REQUIRE(sender.in_flight() - known < window / 4 + longest);
      REQUIRE(receiver.held() <= window + longest);
    };
    for (int step = 0; step < 20'000; ++step) {
      switch (below(5)) {
        case 0:
        case 1:
          if (sender.may_send()) {
            const auto size = 1 + below(longest);
            sender.spend(size);
            to_receiver.push_back(size);
            sent += size;
          }
          break;
        case 2:
          if (!to_receiver.empty()) {
            REQUIRE(receiver.received(to_receiver.front()));
            held.push_back(to_receiver.front());
            to_receiver.pop_front();
          }
          break;
        case 3:
          if (!held.empty()) {
            REQUIRE(receiver.taken(held.front()));
            held.pop_front();
          }
          if (const auto due = receiver.gathered_return()) {
            CHECK(due >= window / 4);
            to_sender.push_back(due);
            ++returns;
          }
          break;
        default:
          if (!to_sender.empty()) {
            REQUIRE(sender.grant(to_sender.front()));
            to_sender.pop_front();
          }
      }
      check_sums();
    }
    // All that is under way arrives, then the link is idle.
    for (const auto size : to_receiver) {
      REQUIRE(receiver.received(size));
      REQUIRE(receiver.taken(size));
    }
    for (const auto size : held) REQUIRE(receiver.taken(size));
    to_sender.push_back(receiver.idle_return());
    for (const auto size : to_sender) REQUIRE(sender.grant(size));
    CHECK(sender.available() == window);
    CHECK(receiver.held() == 0);
    CHECK(sent > 100 * window);
    CHECK(returns <= sent / (window / 4));
  }
}

TEST_CASE("batches are taken in order, repeated ones ignored, gaps noticed") {
  using arrival = batch_order::arrival;
  batch_order o;
  CHECK(o.check(0) == arrival::repeated);
  CHECK(o.check(2) == arrival::gap);
  CHECK(o.check(1) == arrival::next);
  CHECK(o.check(1) == arrival::repeated);
  CHECK(o.check(3) == arrival::gap);
  CHECK(o.check(2) == arrival::next);
  CHECK(o.check(1) == arrival::repeated);
  CHECK(o.check(UINT64_MAX) == arrival::gap);
  CHECK(o.last() == 2);
}
