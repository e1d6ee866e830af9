#include "net/protocol/bridge/bridge_publish.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "net/protocol/bridge/bridge_broadcast.hpp"
#include "tests/unit/protocol/bridge_bytes.hpp"

using namespace pushmesh::net;

namespace {

const std::vector<std::string> rooms{"r1", "r2"};
const std::vector<std::string> one_room{"r1"};

}  // namespace

TEST_CASE("an emit is published on the channel an official adapter listens on") {
  CHECK(publish_channel("k", {.nsp = "/"}) == "k#/#");
  CHECK(publish_channel("k", {.nsp = "/n", .rooms = one_room}) == "k#/n#r1#");
  CHECK(publish_channel("k", {.nsp = "/n", .rooms = rooms}) == "k#/n#");
}

TEST_CASE("a published emit is read as it was written") {
  const std::vector<pushmesh::binary> attached{pushmesh::binary(std::string("\1\2\3"))};
  const bridge_publish p{.uid = "pushmesh:c",
                         .nsp = "/n",
                         .event = "ev",
                         .args = R"(1,{"a":[null,"\u00fc"]},{"_placeholder":true,"num":0})",
                         .attachments = attached,
                         .rooms = rooms,
                         .except = one_room,
                         .is_volatile = true};
  const auto bytes = encode_publish(p);
  CHECK(bytes.starts_with(publish_head("pushmesh:c")));
  CHECK(!bytes.starts_with(publish_head("pushmesh:d")));
  auto read = decode_broadcast(bytes, {});
  REQUIRE(read);
  CHECK(read->uid == "pushmesh:c");
  CHECK(read->nsp == "/n");
  CHECK(read->event.name == "ev");
  CHECK(read->rooms == rooms);
  CHECK(read->except == one_room);
  CHECK(read->is_volatile);
  REQUIRE(read->event.attachments.size() == 1);
  CHECK(read->event.attachments[0].view() == "\1\2\3");
  CHECK(read->event.args == "1,{\"a\":[null,\"\u00fc\"]},{\"_placeholder\":true,\"num\":0}");
}

TEST_CASE("a published emit has these bytes") {
  CHECK(encode_publish({.uid = "u", .nsp = "/", .event = "e", .args = "1"}) ==
        pushmesh::test::from_hex("93a17583a47479706502a36e7370a12fa46461746192a16501"
                                 "83a5726f6f6d7390a665786365707490a5666c61677380"));
}
