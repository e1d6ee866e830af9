#include "cluster/push/store/replicated_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/unit/store/store_cluster.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::socket_number;
using pushmesh::test::store_cluster;

namespace {

const user_id u1("u1");

bool ok(const store_cluster::answer& a) {
  return *a && !(*a)->error;
}

}  // namespace

TEST_CASE("a node alone keeps its users") {
  store_cluster c(1);
  const auto a = c.login(0, "u1", 1);
  CHECK(ok(a));
  CHECK(ok(c.enqueue(0, "u1", "a")));
  const auto view = c.look(0, "u1");
  CHECK(view.devices.size() == 1);
  CHECK(c.ids(view) == "a");
}

TEST_CASE("what is answered is on two nodes") {
  store_cluster c(3);
  const auto a = c.enqueue(0, "u1", "a");
  while (!*a) REQUIRE(c.deliver());
  CHECK(ok(a));
  CHECK(c.holders(u1) == 2);
}

TEST_CASE("every node gives the same answer about a user") {
  store_cluster c(3);
  const auto a = c.login(1, "u1", 1);
  const auto b = c.enqueue(2, "u1", "a");
  REQUIRE(c.settle());
  CHECK(ok(a));
  CHECK(ok(b));
  for (std::size_t i = 0; i < 3; ++i) {
    const auto view = c.look(i, "u1");
    REQUIRE(view.devices.size() == 1);
    CHECK(view.devices[0].node == "n2");
    CHECK(c.ids(view) == "a");
  }
}

TEST_CASE("three nodes log one user in at the same moment: one stays, each loser is told once") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    store_cluster c(3, seed);
    std::vector<store_cluster::answer> answers;
    for (std::uint32_t i = 0; i < 3; ++i) answers.push_back(c.login(i, "u1", i + 1));
    REQUIRE(c.settle());
    for (const auto& a : answers) CHECK(ok(a));
    const auto view = c.look(0, "u1");
    REQUIRE(view.devices.size() == 1);
    for (std::uint32_t s = 1; s <= 3; ++s) {
      const bool stays = view.devices[0].socket == socket_number(s);
      CHECK(c.times_told(socket_number(s)) == (stays ? 0 : 1));
      CHECK(c.logins(socket_number(s)) == (stays ? 1 : 0));
    }
  }
}

TEST_CASE("with refuse the first of three logins stays and the others are told why") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    store_options options;
    options.devices.which = device_policy::rule::refuse;
    store_cluster c(3, seed, options);
    std::vector<store_cluster::answer> answers;
    for (std::uint32_t i = 0; i < 3; ++i) answers.push_back(c.login(i, "u1", i + 1));
    REQUIRE(c.settle());
    int admitted = 0;
    for (const auto& a : answers) {
      REQUIRE(a->has_value());
      if (!(*a)->error)
        ++admitted;
      else
        CHECK((*a)->error == store_errc::duplicate_session);
    }
    CHECK(admitted == 1);
    CHECK(c.look(1, "u1").devices.size() == 1);
    for (std::uint32_t s = 1; s <= 3; ++s) CHECK(c.times_told(socket_number(s)) == 0);
  }
}

TEST_CASE("a loser that logged out meanwhile is not told") {
  store_cluster c(3);
  const auto first = c.login(0, "u1", 1);
  REQUIRE(c.settle());
  const auto second = c.login(1, "u1", 2);
  const auto out = c.logout(0, "u1", 1);
  REQUIRE(c.settle());
  CHECK(ok(out));
  CHECK(c.times_told(socket_number(1)) == 0);
  CHECK(c.look(2, "u1").devices.size() == 1);
}

TEST_CASE("when the owner dies its users live on where their copies are") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    store_cluster c(3, seed);
    const auto owner = c.owner_of(u1, 0);
    const auto other = (owner + 1) % 3;
    const auto a = c.login(other, "u1", 1);
    const auto b = c.enqueue(other, "u1", "a");
    REQUIRE(c.settle());
    const auto waits = c.enqueue(other, "u1", "b");  // asked of a node that dies
    for (auto n = c.number(8); n > 0; --n) c.deliver();
    c.kill(owner);
    c.see_all();
    REQUIRE(c.settle());
    CHECK(ok(a));
    CHECK(ok(b));
    CHECK(ok(waits));
    const auto view = c.look(other, "u1");
    CHECK(c.ids(view) == "ab");
    REQUIRE(view.devices.size() == 1);
    CHECK(view.devices[0].socket == socket_number(1));
    CHECK(c.holders(u1) == 2);
    CHECK(c.times_told(socket_number(1)) == 0);
  }
}

TEST_CASE("when the copy dies another node gets one, and what waited for it is answered") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    store_cluster c(3, seed);
    const auto owner = c.owner_of(u1, 0);
    const auto copy = c.index_of(*c[0].store->view().place_of(u1).replica);
    const auto a = c.enqueue(owner, "u1", "a");
    REQUIRE(c.settle());
    const auto b = c.enqueue(owner, "u1", "b");
    for (auto n = c.number(2); n > 0; --n) c.deliver();
    c.kill(copy);
    c.see_all();
    REQUIRE(c.settle());
    CHECK(ok(a));
    CHECK(ok(b));
    CHECK(c.ids(c.look(owner, "u1")) == "ab");
    CHECK(c.holders(u1) == 2);
    c.kill(owner);
    c.see_all();
    CHECK(c.ids(c.look(3 - owner - copy, "u1")) == "ab");
  }
}

TEST_CASE("devices of a node that died are not online any more") {
  store_cluster c(3);
  const auto owner = c.owner_of(u1, 0);
  const auto dies = (owner + 1) % 3;
  const auto a = c.login(dies, "u1", 1);
  REQUIRE(c.settle());
  c.kill(dies);
  c.see_all();
  REQUIRE(c.settle());
  CHECK(c.look(owner, "u1").devices.empty());
}

TEST_CASE("a node that joins takes its users over, and old copies are forgotten") {
  store_cluster c(3, 7);
  std::vector<std::string> users;
  for (int i = 0; i < 60; ++i) users.push_back("user" + std::to_string(i));
  std::vector<store_cluster::answer> answers;
  for (const auto& u : users) answers.push_back(c.enqueue(c.number(2), u.c_str(), "a"));
  REQUIRE(c.settle());
  for (const auto& a : answers) CHECK(ok(a));
  c.add();
  c.see_all();
  REQUIRE(c.settle());
  int moved = 0;
  for (const auto& u : users) {
    CHECK(c.holders(user_id(u)) == 2);
    moved += c.owner_of(user_id(u), 0) == 3;
    const auto* const h = c[c.owner_of(user_id(u), 0)].store->users().find(user_id(u));
    REQUIRE(h);
    CHECK(h->as == held_user::role::owner);
    CHECK(c.ids(c.look(c.number(3), u.c_str())) == "a");
  }
  CHECK(moved > 5);
}

TEST_CASE("after a partition the latest login of both sides stays, and all messages wait") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    store_cluster c(3, seed);
    const auto before = c.enqueue(0, "u1", "a");
    REQUIRE(c.settle());
    c.cut(0, 1);
    c.cut(0, 2);
    c.see_all();
    const auto left = c.login(0, "u1", 1);
    const auto b = c.enqueue(0, "u1", "b");
    REQUIRE(c.settle());
    c.tick();
    const auto right = c.login(1, "u1", 2);
    const auto d = c.enqueue(2, "u1", "c");
    REQUIRE(c.settle());
    for (const auto& a : {before, left, b, right, d}) CHECK(ok(a));
    CHECK(c.look(0, "u1").devices.front().socket == socket_number(1));
    CHECK(c.look(1, "u1").devices.front().socket == socket_number(2));

    c.heal(0, 1);
    c.heal(0, 2);
    for (std::size_t i = 0; i < 3; ++i) {
      c.see((i + seed) % 3);
      for (auto n = c.number(4); n > 0; --n) c.deliver();
    }
    REQUIRE(c.settle());
    const auto view = c.look(c.number(2), "u1");
    REQUIRE(view.devices.size() == 1);
    CHECK(view.devices[0].socket == socket_number(2));
    CHECK(c.times_told(socket_number(1)) == 1);
    CHECK(c.times_told(socket_number(2)) == 0);
    auto waiting = c.ids(view);
    CHECK(waiting.size() == 3);
    CHECK(waiting.front() == 'a');
    CHECK(waiting.find('b') != waiting.npos);
    CHECK(waiting.find('c') != waiting.npos);
    CHECK(c.holders(u1) == 2);
  }
}

TEST_CASE("nodes whose views differ carry out every operation once, one after the other") {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    store_cluster c(3, seed);
    const auto first = c.enqueue(0, "u1", "a");
    REQUIRE(c.settle());
    // Two nodes do not see each other, the third sees both: both may take themselves for the owner.
    c.cut(0, 1);
    c.see_all();
    std::vector<store_cluster::answer> answers{first};
    for (const auto* id : {"b", "c", "d", "e"}) {
      answers.push_back(c.enqueue(c.number(2), "u1", id));
      for (auto n = c.number(6); n > 0; --n) c.deliver();
    }
    for (int i = 0; i < 400 && c.deliver(); ++i) {
    }
    c.heal(0, 1);
    c.see_all();
    REQUIRE(c.settle());
    auto waiting = c.ids(c.look(0, "u1"));
    std::sort(waiting.begin(), waiting.end());
    CHECK(waiting == "abcde");
    for (const auto& a : answers) CHECK(ok(a));
  }
}

TEST_CASE("an operation whose owner never answers ends after 10 s") {
  store_cluster c(2);
  const auto owner = c.owner_of(u1, 0);
  c.cut(0, 1);  // which nobody notices
  const auto a = c.enqueue(1 - owner, "u1", "a");
  for (int i = 0; i < 199; ++i) c.tick();
  CHECK_FALSE(a->has_value());
  c.tick();
  REQUIRE(a->has_value());
  CHECK((*a)->error == store_errc::unavailable);
}

TEST_CASE("an operation without a user is refused, and so are too many at once") {
  store_options options;
  options.limits.operations = 2;
  store_cluster c(2, 1, options);
  CHECK((*c.enqueue(0, "", "a"))->error == store_errc::bad_request);
  CHECK((*c.enqueue(0, std::string(1025, 'u').c_str(), "a"))->error == store_errc::bad_request);
  CHECK((*c.enqueue(0, "u", std::string(1025, 'm')))->error == store_errc::bad_request);
  const auto away = c.owner_of(u1, 0) == 0 ? 1u : 0u;
  const auto a = c.enqueue(away, "u1", "a");
  const auto b = c.enqueue(away, "u1", "b");
  CHECK((*c.enqueue(away, "u1", "c"))->error == store_errc::unavailable);
  REQUIRE(c.settle());
  CHECK(ok(a));
  CHECK(ok(b));
}
