#include "cluster/push/store/receipt_table.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using namespace std::chrono_literals;
using pushmesh::test::at;

namespace {

receipt_event stored(const char* user, std::int64_t when) {
  return {user_id(user), {}, receipt_state::stored, at(when), std::nullopt};
}

}  // namespace

TEST_CASE("receipts are kept for a time, counted from the first of their message") {
  store_limits limits;
  limits.receipts_kept = 100ms;
  receipt_table t(limits);
  t.note(message_id("a"), stored("u1", 0));
  t.note(message_id("b"), stored("u1", 50));
  t.note(message_id("a"), stored("u2", 90));
  t.expire(at(99));
  REQUIRE(t.find(message_id("a")));
  CHECK(t.find(message_id("a"))->list().size() == 2);
  t.expire(at(100));
  CHECK_FALSE(t.find(message_id("a")));
  CHECK(t.find(message_id("b")));
  t.expire(at(150));
  CHECK(t.size() == 0);
  CHECK(t.bytes() == 0);
}

TEST_CASE("when the memory is full the oldest message's receipts go") {
  store_limits limits;
  limits.receipt_bytes = 20'000;
  receipt_table t(limits);
  for (int i = 0; i < 1000; ++i) t.note(message_id(std::to_string(i)), stored("u", i));
  CHECK(t.bytes() <= limits.receipt_bytes);
  CHECK(t.size() >= 40);
  CHECK(t.find(message_id("999")));
  CHECK_FALSE(t.find(message_id("0")));
}

TEST_CASE("a message whose receipts alone are too many for the memory is forgotten") {
  store_limits limits;
  limits.receipt_bytes = 1'000;
  receipt_table t(limits);
  for (int i = 0; i < 100; ++i)
    t.note(message_id("a"), stored(("u" + std::to_string(i)).c_str(), i));
  CHECK(t.bytes() <= limits.receipt_bytes);
}
