#include "cluster/push/store/stored_messages.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::message;

TEST_CASE("a message is kept once and as long as somebody refers to it") {
  stored_messages table(1 << 20);
  auto first = table.put(message("a")).value();
  CHECK(table.find(message_id("a")) == first);
  {
    std::vector<message_ref> const queues(1000, first);
    CHECK(table.size() == 1);
    CHECK(table.bytes() == stored_messages::cost(*first));
    first = nullptr;
    CHECK(table.find(message_id("a")));
  }
  CHECK_FALSE(table.find(message_id("a")));
  CHECK(table.size() == 0);
  CHECK(table.bytes() == 0);
}

TEST_CASE("the first content of an id stands") {
  stored_messages table(1 << 20);
  const auto first = table.put(message("a")).value();
  auto other = message("a");
  other.args = "2";
  CHECK(table.put(other).value() == first);
  CHECK(first->args == R"("hello")");
}

TEST_CASE("when the memory is full new messages are refused, those there stay") {
  const auto size = stored_messages::cost(message("a"));
  stored_messages table(2 * size);
  auto a = table.put(message("a"));
  const auto b = table.put(message("b"));
  REQUIRE(a);
  REQUIRE(b);
  CHECK(table.put(message("c")).error() == store_errc::full);
  CHECK(table.put(message("a")).value() == *a);
  a = nullptr;
  CHECK(table.put(message("c")).has_value());
}

TEST_CASE("messages may outlive their table") {
  message_ref kept;
  {
    stored_messages table(1 << 20);
    kept = table.put(message("a")).value();
  }
  CHECK(kept->event == "message");
}
