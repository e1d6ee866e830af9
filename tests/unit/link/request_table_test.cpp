#include "cluster/link/request_table.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh::cluster;
using namespace pushmesh::test;
using namespace std::chrono_literals;

namespace {

struct parts {
  std::vector<int> values;
  std::vector<std::string> nodes_missing;
};

/// A collector that only notes what it is told.
struct noted {
  std::size_t expected = 0, complete = 0;
  parts all;
  void expect(std::size_t n) { expected += n; }
  void add(parts part, bool more_follow) {
    for (const auto v : part.values) all.values.push_back(v);
    for (const auto& n : part.nodes_missing) all.nodes_missing.push_back(n);
    if (!more_follow) ++complete;
  }
};

struct asked {
  request_table<noted, parts> table;
  std::shared_ptr<noted> into = std::make_shared<noted>();
  peer_ref a = make_peer(1, "a"), b = make_peer(2, "b");
  std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();
  asked() { REQUIRE(table.add(9, into, {a, b}, now + 1s)); }
};

}  // namespace

TEST_CASE("each node that was asked owes one part, which may come in pieces") {
  asked q;
  CHECK(q.into->expected == 2);
  q.table.answer(9, 1, {{1}, {}}, false);
  q.table.answer(9, 1, {{2}, {}}, true);
  q.table.answer(9, 1, {{3}, {}}, true);  // it has answered already
  q.table.answer(9, 3, {{4}, {}}, true);  // was not asked
  q.table.answer(8, 2, {{5}, {}}, true);  // no such request
  CHECK(q.into->all.values == std::vector{1, 2});
  CHECK(q.into->complete == 1);
  CHECK(q.table.waiting_for(9) == std::vector{q.b});
  q.table.answer(9, 2, {{6}, {}}, true);
  CHECK(q.into->complete == 2);
  CHECK(q.table.size() == 0);
}

TEST_CASE("a node that is lost, or silent for too long, is listed as missing") {
  asked q;
  q.table.lost(*q.a);
  CHECK(q.into->all.nodes_missing == std::vector<std::string>{"a"});
  CHECK(q.into->complete == 1);
  q.table.expire(q.now + 999ms);
  CHECK(q.into->complete == 1);
  q.table.expire(q.now + 1s);
  CHECK(q.into->all.nodes_missing == std::vector<std::string>{"a", "b"});
  CHECK(q.into->complete == 2);
  CHECK(q.table.size() == 0);
}

TEST_CASE("beyond the answers that may be owed, all that were asked are missing") {
  request_table<noted, parts> table(3);
  const auto now = std::chrono::steady_clock::now();
  const auto a = make_peer(1, "a"), b = make_peer(2, "b");
  const auto first = std::make_shared<noted>(), second = std::make_shared<noted>();
  REQUIRE(table.add(1, first, {a, b}, now + 1s));
  CHECK_FALSE(table.add(2, second, {a, b}, now + 1s));
  CHECK(second->expected == 2);
  CHECK(second->complete == 2);
  CHECK(second->all.nodes_missing == std::vector<std::string>{"a", "b"});
  CHECK(first->complete == 0);
  // One answer makes room for one more.
  table.answer(1, 1, {{1}, {}}, true);
  const auto third = std::make_shared<noted>();
  REQUIRE(table.add(3, third, {a, b}, now + 1s));
  table.lost(*a);
  table.lost(*b);
  CHECK(first->complete == 2);
  CHECK(third->complete == 2);
  CHECK(table.size() == 0);
  REQUIRE(table.add(4, third, {a}, now + 1s));
}
