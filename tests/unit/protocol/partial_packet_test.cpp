#include "net/protocol/partial_packet.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace pushmesh::net;

namespace {

const protocol_limits limits;

errc why(std::string_view text) {
  const auto begun = partial_packet::begin(text, limits);
  REQUIRE_MESSAGE(!begun, text);
  return begun.error();
}

}  // namespace

TEST_CASE("the text of binary packets is told by its first character") {
  CHECK(announces_attachments("51-[\"x\"]"));
  CHECK(announces_attachments("6"));
  CHECK_FALSE(announces_attachments("2[\"x\"]"));
  CHECK_FALSE(announces_attachments(""));
}

TEST_CASE("a packet is complete with the last of its attachments") {
  std::string text =
      R"(52-/a,7["x",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]])";
  auto begun = partial_packet::begin(text, limits);
  REQUIRE(begun);
  auto& p = **begun;
  const auto size = text.size();
  text.assign(size, '?');  // it holds its own copy
  CHECK_FALSE(p.complete());
  p.add("one");
  CHECK_FALSE(p.complete());
  p.add("");
  CHECK(p.complete());
  CHECK(p.bytes() == size + 3);
  CHECK(p.packet().type == socketio_type::binary_event);
  CHECK(p.packet().nsp == "/a");
  CHECK(p.packet().ack_id == "7");
  REQUIRE(p.elements().size() == 3);
  CHECK(p.elements()[1] == R"({"_placeholder":true,"num":1})");
  REQUIRE(p.attachments().size() == 2);
  CHECK(p.attachments()[0].view() == "one");
  CHECK(p.attachments()[1].empty());
}

TEST_CASE("several places may name one attachment, and none need to") {
  CHECK(partial_packet::begin(
      R"(51-["x",{"_placeholder":true,"num":0},{"num":0,"_placeholder":true}])", limits));
  CHECK(partial_packet::begin(R"(51-["x",5])", limits));
  CHECK(partial_packet::begin(R"(61-3[{"_placeholder":true,"num":0}])", limits));
  CHECK(partial_packet::begin("51-", limits));
}

TEST_CASE("without attachments placeholders are data") {
  const auto begun = partial_packet::begin(R"(50-["x",{"_placeholder":true,"num":3}])", limits);
  REQUIRE(begun);
  CHECK((*begun)->complete());
}

TEST_CASE("placeholders that name no attachment are refused") {
  for (const auto* num : {"1", "10", "-1", "0.5", "\"0\"", "\"splice\"", "null", "[0]", "1e9",
                          "18446744073709551616"}) {
    const std::string bad = std::string(R"({"_placeholder":true,"num":)") + num + "}";
    CHECK(why(R"(51-["x",)" + bad + "]") == errc::bad_placeholder);
    CHECK(why(R"(61-["x",{"a":[)" + bad + "]}]") == errc::bad_placeholder);
    CHECK(why(R"(51-["x",{"_placeholder":true,"num":0},)" + bad + "]") == errc::bad_placeholder);
  }
  CHECK(why(R"(51-["x",{"_placeholder":true}])") == errc::bad_placeholder);
}

TEST_CASE("what is no packet is refused as in other packets") {
  CHECK(why("5") == errc::bad_attachment_count);
  CHECK(why("51") == errc::bad_attachment_count);
  CHECK(why("511-[\"x\"]") == errc::too_many_attachments);
  CHECK(why("5999999999999999999999-[\"x\"]") == errc::too_many_attachments);
  CHECK(why("51-[\"x\"") == errc::bad_json);
  CHECK(why("51-{}") == errc::bad_payload_shape);
  CHECK(why("51-[\"connect\"]") == errc::reserved_event);
}
