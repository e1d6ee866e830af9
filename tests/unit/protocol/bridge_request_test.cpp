#include "net/protocol/bridge/bridge_request.hpp"

#include <doctest/doctest.h>

#include "tests/unit/protocol/bridge_bytes.hpp"

using namespace pushmesh::net;
using pushmesh::test::from_hex;
using kind = bridge_request::kind;
using names = std::vector<std::string>;

namespace {

bridge_request read(std::string_view bytes) {
  auto r = decode_request(bytes, {});
  REQUIRE(r);
  return *r;
}

}  // namespace

TEST_CASE("requests of @socket.io/redis-emitter 5.1, as captured") {
  const auto join = read(R"({"type":2,"opts":{"rooms":["r1"],"except":[]},"rooms":["a","b"]})");
  CHECK(join.what == kind::join);
  CHECK(join.rooms == names{"r1"});
  CHECK(join.except.empty());
  CHECK(join.names == names{"a", "b"});

  const auto leave = read(R"({"type":3,"opts":{"rooms":[],"except":["r1"]},"rooms":["a"]})");
  CHECK(leave.what == kind::leave);
  CHECK(leave.rooms.empty());
  CHECK(leave.except == names{"r1"});
  CHECK(leave.names == names{"a"});

  const auto gone = read(R"({"type":4,"opts":{"rooms":["sid"],"except":[]},"close":true})");
  CHECK(gone.what == kind::disconnect);
  CHECK(gone.rooms == names{"sid"});
  CHECK(gone.close);
  CHECK_FALSE(read(R"({"type":4,"opts":{"rooms":["sid"]}})").close);

  const auto event = read(R"({"uid":"emitter","type":6,"data":["ev",1,{"a":2}]})");
  CHECK(event.what == kind::server_side_emit);
  CHECK(event.event.name == "ev");
  CHECK(event.event.args == R"(1,{"a":2})");
}

TEST_CASE("rooms may be numbers") {
  const auto r = read(R"({"type":2,"opts":{"rooms":[5],"except":[7]},"rooms":[6]})");
  CHECK(r.rooms == names{"5"});
  CHECK(r.except == names{"7"});
  CHECK(r.names == names{"6"});
}

TEST_CASE("the older form addresses one socket") {
  const auto join = read(R"({"requestId":"x","type":2,"sid":"abc","room":"r"})");
  CHECK(join.rooms == names{"abc"});
  CHECK(join.names == names{"r"});
  const auto gone = read(R"({"requestId":"x","type":4,"sid":"abc","close":false})");
  CHECK(gone.rooms == names{"abc"});
  CHECK_FALSE(gone.close);
}

TEST_CASE("a request may be MessagePack") {
  // {type: 6, data: ["ev", <01>]}
  const auto r = read(from_hex("82a47479706506a46461746192a26576c40101"));
  CHECK(r.event.name == "ev");
  CHECK(r.event.args == R"({"_placeholder":true,"num":0})");
  CHECK(r.event.attachments.size() == 1);
}

TEST_CASE("numbers and texts of JSON come through as they were") {
  const auto r = read(
      R"({"type":6,"data":["e",12345678901234567890,1.50,-0,"\u00fc\ud83d\ude00\u001e",{"k\"":null}]})");
  CHECK(r.event.args ==
        "12345678901234567890,1.50,-0,\"\xC3\xBC\xF0\x9F\x98\x80\\u001e\",{\"k\\\"\":null}");
}

TEST_CASE("what only looks like a placeholder stays when there are no attachments") {
  const auto r = read(R"({"type":6,"data":["e",{"_placeholder":true,"num":9}]})");
  CHECK(r.event.args == R"({"_placeholder":true,"num":9})");
}
