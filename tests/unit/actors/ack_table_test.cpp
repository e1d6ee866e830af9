#include "actors/ack_table.hpp"

#include <doctest/doctest.h>

#include "actors/id_source.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;

namespace {

struct fixture {
  id_source ids{make_node_tag(), 0};
  socket_id a = ids.next(), b = ids.next(), c = ids.next();
  ack_table table;
  int calls = 0;
  ack_result result;
  ack_table::done_callback done() {
    return [this](ack_result r) {
      ++calls;
      result = std::move(r);
    };
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "an emit that reached nobody is done at once") {
  table.expect(1, {}, done());
  CHECK(calls == 1);
  CHECK(result.complete());
  CHECK(table.owed() == 0);
}

TEST_CASE_FIXTURE(fixture, "every receiver ends in exactly one list") {
  table.expect(7, {a, b, c}, done());
  CHECK(table.owed() == 3);
  CHECK(table.answer(7, a, "u1", "1,\"x\""));
  table.leave(7, b);
  CHECK(calls == 0);
  table.expire(7);
  REQUIRE(calls == 1);
  REQUIRE(result.acked.size() == 1);
  CHECK(result.acked[0].socket == a);
  CHECK(result.acked[0].user == "u1");
  CHECK(result.acked[0].get<int>(0) == 1);
  CHECK(result.acked[0].get<std::string>(1) == "x");
  CHECK(result.acked[0].raw(2) == "null");
  CHECK(result.left == std::vector<socket_id>{b});
  CHECK(result.timed_out == std::vector<socket_id>{c});
  CHECK_FALSE(result.complete());
  CHECK(table.owed() == 0);
  CHECK(table.emits() == 0);
}

TEST_CASE_FIXTURE(fixture, "an answer counts once, from whom was asked, and in time") {
  table.expect(1, {a}, done());
  CHECK_FALSE(table.answer(2, a, "", ""));  // no such emit
  CHECK_FALSE(table.answer(1, b, "", ""));  // not asked
  CHECK(table.answer(1, a, "", ""));
  CHECK(calls == 1);
  CHECK_FALSE(table.answer(1, a, "", ""));
  table.expire(1);
  table.leave(1, a);
  CHECK(calls == 1);
}

TEST_CASE_FIXTURE(fixture, "the callback may ask again") {
  table.expect(1, {a}, [&](ack_result) { table.expect(2, {a}, done()); });
  CHECK(table.answer(1, a, "", ""));
  CHECK(table.answer(2, a, "", "5"));
  CHECK(calls == 1);
}

TEST_CASE_FIXTURE(fixture, "answers may be told one by one instead of gathered") {
  std::vector<std::string> told;
  table.expect(3, {a, b}, done(), false, [&](ack_reply r) { told.push_back(r.args.json); });
  CHECK(table.answer(3, a, "", "1"));
  CHECK(told == std::vector<std::string>{"1"});
  CHECK_FALSE(table.answer(3, a, "", "2"));
  table.expire(3);
  CHECK(calls == 1);
  CHECK(result.acked.empty());
  CHECK(result.timed_out == std::vector{b});
  CHECK_FALSE(table.answer(3, b, "", "3"));
  CHECK(told.size() == 1);
}
