#include "actors/bridge/bridge_acks.hpp"

#include <doctest/doctest.h>

#include "actors/id_source.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;

TEST_CASE("a message id is the first argument, if that is a string or a number") {
  CHECK(message_id_of(R"("m1",{"a":1})") == "m1");
  CHECK(message_id_of(R"("m1")") == "m1");
  CHECK(message_id_of(R"("a,\"b\\",2)") == "a,\"b\\");
  CHECK(message_id_of(R"("\u00fc")") == "\xC3\xBC");
  CHECK(message_id_of("12345678901234567890,\"x\"") == "12345678901234567890");
  CHECK(message_id_of("-1.5e3") == "-1.5e3");
  for (const auto* none : {"", "null,1", "true", "{\"a\":1}", "[1],2", "\"\"", "\"", "\"\\"})
    CHECK(message_id_of(none).empty());
  CHECK(message_id_of('"' + std::string(254, 'x') + '"').size() == 254);
  CHECK(message_id_of('"' + std::string(255, 'x') + '"').empty());
  CHECK(message_id_of(std::string(257, '1')).empty());
}

TEST_CASE("an acknowledgement is published as documented") {
  id_source ids(make_node_tag(), 0);
  ack_reply reply{ids.next(), "n\"1", "ada", {}};
  CHECK(ack_message(reply, std::chrono::milliseconds(12)) ==
        R"({"user":"ada","socket":")" + reply.socket.str() + R"(","node":"n\"1","ms":12})");
  reply.user.clear();
  CHECK(ack_message(reply, std::chrono::milliseconds(0)) ==
        R"({"user":null,"socket":")" + reply.socket.str() + R"(","node":"n\"1","ms":0})");
}

TEST_CASE("so many acknowledgements are under way, more wait in order, within a bound") {
  ack_outbox outbox(2, 3 * (sizeof(ack_outbox::message) + 2));
  CHECK_FALSE(outbox.next());
  for (const auto* text : {"1", "2", "3"}) CHECK(outbox.push({"c", text}));
  CHECK_FALSE(outbox.push({"c", "4"}));
  CHECK(outbox.next()->text == "1");
  CHECK(outbox.next()->text == "2");
  CHECK_FALSE(outbox.next());
  CHECK(outbox.under_way() == 2);
  CHECK(outbox.push({"c", "5"}));
  CHECK(outbox.push({"c", "6"}));
  outbox.done();
  CHECK(outbox.next()->text == "3");
  CHECK(outbox.clear() == 2);
  CHECK(outbox.waiting() == 0);
  outbox.done();
  outbox.done();
  CHECK(outbox.under_way() == 0);
  CHECK(outbox.push({"c", "7"}));
  CHECK(outbox.next()->text == "7");
}
