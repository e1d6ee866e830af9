#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "cluster/client/call_table.hpp"

using namespace pushmesh;
using namespace pushmesh::cluster;
using namespace std::chrono_literals;

namespace {

constexpr call_bounds bounds{4, 100, 5s};
const call_table::clock::time_point start{};

/// A table, what it sends, and how its calls end.
struct bench {
  call_table table{bounds};
  std::vector<std::string> sent;
  call_table::taken answer = call_table::taken::yes;
  std::vector<std::string> ended;  // "id outcome node"

  void run(const call_table::completions& due) {
    for (const auto& f : due) f();
  }
  template <class T = emit_result>
  std::uint64_t launch(std::vector<std::string> items, call_table::clock::time_point now = start) {
    call c;
    const auto id = c.id = table.next_id();
    c.items = std::move(items);
    c.patience = 8s;
    c.answer = awaited<T>{[this, id](client_result<T> r) {
                            ended.push_back(std::to_string(id) + " " +
                                            std::string(to_string(r.outcome)) + " " + r.node);
                            CHECK(r.ok() == r.why.empty());
                          },
                          {}};
    run(table.launch(std::move(c), now));
    return id;
  }
  void node_up(const char* name, call_table::clock::time_point now = start) {
    run(table.node_up(
        name,
        [this](std::string_view item, bool) {
          if (answer == call_table::taken::yes) sent.emplace_back(item);
          return answer;
        },
        now));
  }
  using texts = std::vector<std::string>;
};

}  // namespace

TEST_CASE("calls wait for a node and are sent to it in their order") {
  bench b;
  b.launch({"a", "sync a"});
  b.launch({"b"});
  CHECK(b.sent.empty());
  b.node_up("n1");
  b.launch({"c"});
  CHECK(b.sent == bench::texts{"a", "sync a", "b", "c"});
  b.run(b.table.answer(2, emit_result{}, true));
  b.run(b.table.answer(1, emit_result{{"n7"}}, true));
  CHECK(b.ended == bench::texts{"2 done n1", "1 done n1"});
  CHECK(b.table.pending() == 1);
}

TEST_CASE(
    "what was sent when a node is lost has an unknown outcome, what was not goes to the next") {
  bench b;
  b.node_up("n1");
  b.launch({"a"});
  b.run(b.table.node_down("lost"));
  b.launch({"b"});
  CHECK(b.ended == bench::texts{"1 unknown_outcome n1"});
  b.node_up("n2");
  b.run(b.table.answer(2, emit_result{}, true));
  CHECK(b.ended.back() == "2 done n2");
  CHECK(b.sent == bench::texts{"a", "b"});
}

TEST_CASE("a call between the end of a link and the news of it waits") {
  bench b;
  b.node_up("n1");
  b.answer = call_table::taken::gone;
  b.launch({"a"});
  b.launch({"b"});
  b.run(b.table.node_down("lost"));
  CHECK(b.ended.empty());
  b.answer = call_table::taken::yes;
  b.node_up("n2");
  CHECK(b.sent == bench::texts{"a", "b"});
}

TEST_CASE("a call that finds no node in time is unreachable, and gives its room back") {
  bench b;
  const std::string large(60, 'x');
  b.launch({large});
  b.launch({large});
  CHECK(b.ended == bench::texts{"2 overloaded "});
  b.run(b.table.expire(start + 4s, "nobody"));
  CHECK(b.table.pending() == 1);
  b.run(b.table.expire(start + 5s, "nobody"));
  CHECK(b.ended.back() == "1 unreachable ");
  b.launch({large}, start + 5s);
  CHECK(b.table.pending() == 1);
}

TEST_CASE(
    "a node that does not answer in time leaves an unknown outcome; later answers are ignored") {
  bench b;
  b.node_up("n1");
  b.launch({"a"});
  b.run(b.table.expire(start + 7s, ""));
  CHECK(b.ended.empty());
  b.run(b.table.expire(start + 8s, ""));
  CHECK(b.ended == bench::texts{"1 unknown_outcome n1"});
  b.run(b.table.answer(1, emit_result{}, true));
  CHECK(b.ended.size() == 1);
}

TEST_CASE("more calls than may be pending are turned away") {
  bench b;
  b.node_up("n1");
  for (int i = 0; i < 5; ++i) b.launch({"a"});
  CHECK(b.ended == bench::texts{"5 overloaded "});
  CHECK(b.sent.size() == 4);
}

TEST_CASE("a full link turns calls away unsent; half of one has an unknown outcome") {
  bench b;
  int left = 1;
  b.run(b.table.node_up(
      "n1",
      [&](std::string_view, bool) {
        return left-- > 0 ? call_table::taken::yes : call_table::taken::full;
      },
      start));
  b.launch({"a", "sync a"});
  b.launch({"b"});
  CHECK(b.ended == bench::texts{"1 unknown_outcome n1", "2 overloaded "});
}

TEST_CASE("a call that breaks a bound is refused") {
  bench b;
  b.launch({});
  CHECK(b.ended == bench::texts{"1 refused "});
}

TEST_CASE("pieces of an answer add up; those of another kind are ignored") {
  bench b;
  b.node_up("n1");
  std::vector<std::string> nodes;
  call c;
  c.id = b.table.next_id();
  c.items = {"ask"};
  c.patience = 8s;
  c.answer = awaited<ack_result>{
      [&](client_result<ack_result> r) { nodes = std::move(r.value.nodes_missing); }, {}};
  const auto id = c.id;
  b.run(b.table.launch(std::move(c), start));
  b.run(b.table.answer(id, ack_result{{}, {}, {}, {"n2"}, false}, false));
  b.run(b.table.answer(id, fetch_result{}, true));
  CHECK(nodes.empty());
  b.run(b.table.answer(id, ack_result{{}, {}, {}, {"n3"}, false}, true));
  CHECK(nodes == bench::texts{"n2", "n3"});
}

TEST_CASE("stopping ends all calls, and later ones") {
  bench b;
  b.node_up("n1");
  b.launch({"a"});
  b.run(b.table.node_down("lost"));
  b.launch({"b"});
  b.run(b.table.stop());
  b.launch({"c"});
  CHECK(b.ended == bench::texts{"1 unknown_outcome n1", "2 stopped ", "3 stopped "});
}
