#include "cluster/link/one_node_calls.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <vector>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;

namespace {

struct asked {
  one_node_calls<int> calls;
  std::vector<std::optional<int>> answers;
  void ask(std::uint64_t id, link_id link, one_node_calls<int>::clock::time_point deadline = {}) {
    calls.add(id, link, deadline, [this](std::optional<int> a) { answers.push_back(a); });
  }
};

}  // namespace

TEST_CASE("an answer in parts is given once, when it is whole, and only by who was asked") {
  asked a;
  a.ask(1, 7);
  a.calls.answer(1, 8, true, [](int& x) { x = 100; });
  a.calls.answer(2, 7, true, [](int& x) { x = 100; });
  a.calls.answer(1, 7, false, [](int& x) { x += 1; });
  CHECK(a.answers.empty());
  a.calls.answer(1, 7, true, [](int& x) { x += 2; });
  a.calls.answer(1, 7, true, [](int& x) { x += 4; });
  CHECK(a.answers == std::vector<std::optional<int>>{3});
}

TEST_CASE("a call that cannot be sent, whose node is lost, or silent, ends with nothing, once") {
  asked a;
  const auto now = one_node_calls<int>::clock::now();
  a.ask(1, 7, now + 1s);
  a.ask(2, 8, now + 1s);
  a.ask(3, 9, now + 2s);
  a.calls.fail(1);
  a.calls.fail(1);
  CHECK(a.answers.size() == 1);
  a.calls.lost(8);
  CHECK(a.answers.size() == 2);
  a.calls.expire(now + 1s);
  CHECK(a.answers.size() == 2);
  a.calls.expire(now + 2s);
  a.calls.answer(3, 9, true, [](int& x) { x = 1; });
  CHECK(a.answers == std::vector<std::optional<int>>(3));
}
