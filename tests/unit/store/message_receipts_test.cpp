#include "cluster/push/store/message_receipts.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::at;
using state = receipt_state;

namespace {

user_id user_number(std::size_t n) {
  return user_id("user" + std::to_string(n));
}

}  // namespace

TEST_CASE("a receipt tells how far a message came, and when") {
  name_pool names;
  message_receipts r(names, at(0), 100);
  const user_id u("u1");
  r.note({u, {}, state::stored, at(0), std::nullopt});
  CHECK(r.find(u).value() == receipt{u, {}, state::stored, at(0), std::nullopt, std::nullopt});
  r.note({u, {}, state::sent, at(5), state::stored});
  r.note({u, {}, state::sent, at(9), state::sent});
  CHECK(r.find(u)->sent_at == at(5));
  r.note({u, device_id("d1"), state::acked, at(12), state::sent});
  CHECK(r.find(u).value() == receipt{u, device_id("d1"), state::acked, at(0), at(5), at(12)});
  CHECK_FALSE(r.find(user_id("u2")));
  CHECK(r.counts() == std::array<std::uint64_t, receipt_states>{0, 0, 1, 0, 0});
}

TEST_CASE("a receipt never goes back") {
  name_pool names;
  message_receipts r(names, at(0), 100);
  const user_id u("u1");
  r.note({u, {}, state::sent, at(1), std::nullopt});
  r.note({u, {}, state::stored, at(2), std::nullopt});
  CHECK(r.find(u)->state == state::sent);
  for (const auto last : {state::acked, state::timed_out, state::expired}) {
    const user_id v("v" + std::to_string(static_cast<int>(last)));
    r.note({v, {}, last, at(3), std::nullopt});
    for (const auto later : {state::stored, state::sent, state::acked, state::expired})
      r.note({v, device_id("x"), later, at(9), std::nullopt});
    CHECK(r.find(v)->state == last);
    CHECK(r.find(v)->ended_at == at(3));
    CHECK(r.find(v)->device.empty());
  }
}

TEST_CASE("a receipt takes at most 40 bytes, and one of a message to one user 150") {
  name_pool names;
  for (const std::size_t n : {1'000, 3'333, 10'000}) {
    message_receipts r(names, at(0), 10'000);
    for (std::size_t i = 0; i < n; ++i)
      r.note({user_number(i), {}, state::stored, at(0), std::nullopt});
    CHECK(r.recipients() == n);
    CHECK(r.bytes() <= 40 * n + sizeof r);
  }
  message_receipts one(names, at(0), 10'000);
  one.note({user_number(1), {}, state::stored, at(0), std::nullopt});
  CHECK(one.bytes() <= 200);
}

TEST_CASE("above the limit there are counts, which go on") {
  name_pool names;
  message_receipts r(names, at(0), 10);
  for (std::size_t i = 0; i < 10; ++i)
    r.note({user_number(i), {}, state::stored, at(0), std::nullopt});
  r.note({user_number(0), {}, state::acked, at(1), state::stored});
  CHECK_FALSE(r.counts_only());
  r.note({user_number(10), {}, state::stored, at(0), std::nullopt});
  CHECK(r.counts_only());
  CHECK(r.list().empty());
  CHECK(names.size() == 0);
  CHECK(r.counts() == std::array<std::uint64_t, receipt_states>{10, 0, 1, 0, 0});
  r.note({user_number(3), {}, state::sent, at(1), state::stored});
  r.note({user_number(3), {}, state::acked, at(2), state::sent});
  r.note({user_number(3), {}, state::acked, at(2), state::acked});
  CHECK(r.counts() == std::array<std::uint64_t, receipt_states>{9, 0, 2, 0, 0});
  CHECK(r.recipients() == 11);
}

TEST_CASE("names are kept as long as a receipt has them") {
  name_pool names;
  {
    message_receipts a(names, at(0), 100);
    message_receipts b(names, at(0), 100);
    for (auto* r : {&a, &b}) {
      r->note({user_id("u"), device_id("d1"), state::sent, at(0), std::nullopt});
      r->note({user_id("u"), device_id("d2"), state::sent, at(0), state::sent});
    }
    CHECK(names.size() == 2);
  }
  CHECK(names.size() == 0);
  CHECK(names.add("x") > 0);
}

TEST_CASE("random receipts are those of a simple map") {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    name_pool names;
    message_receipts r(names, at(0), 1000);
    std::map<std::string, receipt> model;
    for (int step = 0; step < 400; ++step) {
      const auto u = user_number(random() % 60);
      const auto s = static_cast<state>(random() % receipt_states);
      const device_id d(random() % 2 ? "d" + std::to_string(random() % 3) : "");
      r.note({u, d, s, at(step), std::nullopt});
      const auto [entry, is_new] = model.try_emplace(u.text, receipt{u, {}, s, {}, {}, {}});
      auto& m = entry->second;
      if (!is_new && (is_final(m.state) || s < m.state)) continue;
      m.state = s;
      if (!d.empty()) m.device = d;
      auto& when = is_final(s) ? m.ended_at : s == state::sent ? m.sent_at : m.stored_at;
      if (!when) when = at(step);
    }
    CHECK(r.list().size() == model.size());
    for (const auto& [name, expected] : model) CHECK(r.find(user_id(name)) == expected);
  }
}
