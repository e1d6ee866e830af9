#include "net/transport/outbound_budget.hpp"

#include <doctest/doctest.h>

#include <string>

#include "net/transport/connection_quota.hpp"

using namespace pushmesh::net;
using level = outbound_budget::level;

TEST_CASE("the budget's levels follow charges and living frames") {
  const auto base = live_frame_bytes();
  outbound_budget budget(base + 1'000'000);
  CHECK(budget.current() == level::normal);
  {
    budget_charge charge(budget);
    charge.set(500'000);
    CHECK(budget.current() == level::normal);
    const auto f = make_frame(ws_opcode::binary, {std::string(350'000, 'x')});
    CHECK(budget.current() == level::volatile_dropped);
    const auto shared = f;  // a shared frame counts once
    CHECK(budget.current() == level::volatile_dropped);
    charge.set(700'000);
    CHECK(budget.current() == level::full);
    charge.set(100'000);
    CHECK(budget.current() == level::normal);
  }
  CHECK(budget.used() == base);
}

TEST_CASE("a quota gives out its places once and takes them back") {
  connection_quota quota(2);
  CHECK(quota.take());
  CHECK(quota.take());
  CHECK_FALSE(quota.take());
  CHECK(quota.taken() == 2);
  quota.give_back();
  CHECK(quota.take());
}

TEST_CASE("a quota of 0 has no bound") {
  connection_quota quota(0);
  for (int i = 0; i < 1000; ++i) CHECK(quota.take());
}
