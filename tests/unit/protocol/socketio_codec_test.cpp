#include "net/protocol/socketio_codec.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace pushmesh::net;

namespace {

const protocol_limits limits;

struct good_row {
  std::string_view text;
  socketio_type type;
  std::uint32_t attachments;
  std::string_view nsp;
  std::string_view ack_id;
  std::string_view payload;
  std::vector<std::string_view> elements;
  bool has_placeholder = false;
};

}  // namespace

TEST_CASE("Socket.IO packets are decoded") {
  using t = socketio_type;
  const good_row rows[] = {
      {"0", t::connect, 0, "/", "", "", {}},
      {R"(0{"token":"x"})", t::connect, 0, "/", "", R"({"token":"x"})", {}},
      {"0/custom", t::connect, 0, "/custom", "", "", {}},
      {"0/custom,", t::connect, 0, "/custom", "", "", {}},
      {R"(0/admin,{"sid":"oS"})", t::connect, 0, "/admin", "", R"({"sid":"oS"})", {}},
      {"0/admin?token=1&x=/y,", t::connect, 0, "/admin", "", "", {}},
      {"0/admin?token=1", t::connect, 0, "/admin", "", "", {}},
      {"0/?token=1,{}", t::connect, 0, "/", "", "{}", {}},
      {"0/,", t::connect, 0, "/", "", "", {}},
      {"1", t::disconnect, 0, "/", "", "", {}},
      {"1/admin,", t::disconnect, 0, "/admin", "", "", {}},
      {"1/custom", t::disconnect, 0, "/custom", "", "", {}},
      {"2", t::event, 0, "/", "", "", {}},
      {"2/nsp", t::event, 0, "/nsp", "", "", {}},
      {"2/nsp,", t::event, 0, "/nsp", "", "", {}},
      {"213", t::event, 0, "/", "13", "", {}},
      {R"(2["ev"])", t::event, 0, "/", "", R"(["ev"])", {"\"ev\""}},
      {R"(2/admin,13["ev",{}])", t::event, 0, "/admin", "13", R"(["ev",{}])", {"\"ev\"", "{}"}},
      {R"(2[1,2])", t::event, 0, "/", "", "[1,2]", {"1", "2"}},
      {R"(2[-1.5])", t::event, 0, "/", "", "[-1.5]", {"-1.5"}},
      {R"(2 [ "ev" , 1 ] )", t::event, 0, "/", "", R"([ "ev" , 1 ])", {"\"ev\"", "1"}},
      {R"(2["error"])", t::event, 0, "/", "", R"(["error"])", {"\"error\""}},
      {R"(2["","connect"])", t::event, 0, "/", "", R"(["","connect"])", {"\"\"", "\"connect\""}},
      {R"(2["\ud800"])", t::event, 0, "/", "", R"(["\ud800"])", {R"("\ud800")"}},
      {R"(2["e",{"_placeholder":true,"num":0}])",
       t::event,
       0,
       "/",
       "",
       R"(["e",{"_placeholder":true,"num":0}])",
       {"\"e\"", R"({"_placeholder":true,"num":0})"},
       true},
      {"3/admin,13[1]", t::ack, 0, "/admin", "13", "[1]", {"1"}},
      {"37[]", t::ack, 0, "/", "7", "[]", {}},
      {"3[]", t::ack, 0, "/", "", "[]", {}},
      {R"(31["connect"])", t::ack, 0, "/", "1", R"(["connect"])", {"\"connect\""}},
      {R"(4"no")", t::connect_error, 0, "/", "", R"("no")", {}},
      {R"(4/random,{"message":"Invalid namespace"})",
       t::connect_error,
       0,
       "/random",
       "",
       R"({"message":"Invalid namespace"})",
       {}},
      {R"(51-["x",{"_placeholder":true,"num":0}])",
       t::binary_event,
       1,
       "/",
       "",
       R"(["x",{"_placeholder":true,"num":0}])",
       {"\"x\"", R"({"_placeholder":true,"num":0})"},
       true},
      {R"(50-["x"])", t::binary_event, 0, "/", "", R"(["x"])", {"\"x\""}},
      {R"(510-/a,8["x"])", t::binary_event, 10, "/a", "8", R"(["x"])", {"\"x\""}},
      {R"(5002-["x"])", t::binary_event, 2, "/", "", R"(["x"])", {"\"x\""}},
      {R"(61-/custom,8[{"_placeholder":true,"num":0}])",
       t::binary_ack,
       1,
       "/custom",
       "8",
       R"([{"_placeholder":true,"num":0}])",
       {R"({"_placeholder":true,"num":0})"},
       true},
  };
  std::vector<std::string_view> elements{"left from before"};
  for (const auto& r : rows) {
    CAPTURE(r.text);
    const auto p = decode_socketio(r.text, limits, elements);
    REQUIRE(p);
    CHECK((p->type == r.type));
    CHECK(p->attachments == r.attachments);
    CHECK(p->nsp == r.nsp);
    CHECK(p->ack_id == r.ack_id);
    CHECK(p->payload == r.payload);
    CHECK((elements == r.elements));
    CHECK(p->has_placeholder == r.has_placeholder);
  }
}

TEST_CASE("bad Socket.IO packets are refused") {
  struct row {
    std::string text;
    errc error;
  };
  const std::vector<row> rows{
      {"", errc::empty_packet},
      {"7", errc::unknown_packet_type},
      {"9[\"a\"]", errc::unknown_packet_type},
      {"-1", errc::unknown_packet_type},
      {"a", errc::unknown_packet_type},
      {" 2[\"a\"]", errc::unknown_packet_type},
      {"\x00"s, errc::unknown_packet_type},
      {"/nsp,", errc::unknown_packet_type},
      {"5", errc::bad_attachment_count},
      {"5-[\"a\"]", errc::bad_attachment_count},
      {"5[\"a\"]", errc::bad_attachment_count},
      {"51", errc::bad_attachment_count},
      {"51[\"a\"]", errc::bad_attachment_count},
      {"5-1-[\"a\"]", errc::bad_attachment_count},
      {"51.0-[\"a\"]", errc::bad_attachment_count},
      {"5+1-[\"a\"]", errc::bad_attachment_count},
      {"5 1-[\"a\"]", errc::bad_attachment_count},
      {"51e0-[\"a\"]", errc::bad_attachment_count},
      {"5Infinity-[\"a\"]", errc::bad_attachment_count},
      {"5/nsp,1-[\"a\"]", errc::bad_attachment_count},
      {"6[]", errc::bad_attachment_count},
      {"511-[\"a\"]", errc::too_many_attachments},
      {"6999999999999999999999999999999-[]", errc::too_many_attachments},
      {"54294967296-[\"a\"]", errc::too_many_attachments},
      {"518446744073709551617-[\"a\"]", errc::too_many_attachments},
      {"0/" + std::string(256, 'n') + ",", errc::namespace_too_long},
      {"2/" + std::string(256, 'n') + "?q,[\"a\"]", errc::namespace_too_long},
      {"0/" + std::string(5000, 'n'), errc::namespace_too_long},
      {"2{", errc::bad_json},
      {"2[\"a\"", errc::bad_json},
      {"2[\"a\"]x", errc::bad_json},
      {"2[\"a\",]", errc::bad_json},
      {"2[\"a\"][\"b\"]", errc::bad_json},
      {"2abc", errc::bad_json},
      {"2 ", errc::bad_json},
      {"2 1[\"a\"]", errc::bad_json},
      {"213 13[\"a\"]", errc::bad_json},
      {"2-1[\"a\"]", errc::bad_json},
      {"2nsp,[\"a\"]", errc::bad_json},
      {"2,[\"a\"]", errc::bad_json},
      {"2/nsp,/x,[\"a\"]", errc::bad_json},
      {"2[\"a\x1E\"]", errc::bad_json},
      {"0{", errc::bad_json},
      {"4'a'", errc::bad_json},
      {"2[\"a\"," + std::string(512, '[') + std::string(512, ']') + "]", errc::json_too_deep},
      {"2" + std::string(100'000, '['), errc::json_too_deep},
      {"0[]", errc::bad_payload_shape},
      {"0null", errc::bad_payload_shape},
      {"0\"token\"", errc::bad_payload_shape},
      {"0true", errc::bad_payload_shape},
      {"1{}", errc::bad_payload_shape},
      {"1[]", errc::bad_payload_shape},
      {"1/nsp,\"x\"", errc::bad_payload_shape},
      {"1x", errc::bad_payload_shape},
      {"2[]", errc::bad_payload_shape},
      {"2{}", errc::bad_payload_shape},
      {"2\"a\"", errc::bad_payload_shape},
      {"2null", errc::bad_payload_shape},
      {"2[null]", errc::bad_payload_shape},
      {"2[true,1]", errc::bad_payload_shape},
      {"2[[\"a\"]]", errc::bad_payload_shape},
      {"2[{}]", errc::bad_payload_shape},
      {"31{}", errc::bad_payload_shape},
      {"31\"a\"", errc::bad_payload_shape},
      {"3true", errc::bad_payload_shape},
      {"4[]", errc::bad_payload_shape},
      {"4null", errc::bad_payload_shape},
      {"4 1", errc::bad_payload_shape},
      {"50-[]", errc::bad_payload_shape},
      {"51-{\"_placeholder\":true,\"num\":0}", errc::bad_payload_shape},
      {"51-[{\"_placeholder\":true,\"num\":0}]", errc::bad_payload_shape},
      {"61-{}", errc::bad_payload_shape},
      {"2[\"connect\"]", errc::reserved_event},
      {"2[\"connect_error\"]", errc::reserved_event},
      {"2[\"disconnect\"]", errc::reserved_event},
      {"2[\"disconnecting\",1]", errc::reserved_event},
      {"2[\"newListener\"]", errc::reserved_event},
      {"2/nsp,1[ \"removeListener\"]", errc::reserved_event},
      {"50-[\"connect\"]", errc::reserved_event},
      {R"(2["\u0063onnect"])", errc::reserved_event},
      {R"(2["connec\u0074"])", errc::reserved_event},
      {"2[\"" + std::string(255, 'e') + "\"]", errc::event_name_too_long},
      {"2[1" + std::string(256, '0') + "]", errc::event_name_too_long},
  };
  std::vector<std::string_view> elements;
  for (const auto& r : rows) {
    CAPTURE(r.text.substr(0, 60));
    const auto p = decode_socketio(r.text, limits, elements);
    REQUIRE_FALSE(p);
    CHECK(to_string(p.error()) == to_string(r.error));
  }
}

TEST_CASE("limits of a packet are inclusive") {
  std::vector<std::string_view> elements;
  CHECK(decode_socketio("0/" + std::string(255, 'n') + ",", limits, elements));
  CHECK(decode_socketio("0/" + std::string(255, 'n') + "?" + std::string(999, 'q'), limits,
                        elements));
  CHECK(decode_socketio("2[\"" + std::string(254, 'e') + "\"]", limits, elements));
  CHECK(decode_socketio("2[\"a\"," + std::string(511, '[') + std::string(511, ']') + "]", limits,
                        elements));
  protocol_limits tight;
  tight.max_attachments = 0;
  CHECK(decode_socketio("50-[\"a\"]", tight, elements));
  CHECK(decode_socketio("51-[\"a\"]", tight, elements).error() == errc::too_many_attachments);
}

TEST_CASE("all views of a packet point into its text") {
  const std::string text = R"(2/nsp?q=1,42["ev", {"a":1}])";
  std::vector<std::string_view> elements;
  const auto p = decode_socketio(text, limits, elements);
  REQUIRE(p);
  const auto inside = [&](std::string_view v) {
    return v.data() >= text.data() && v.data() + v.size() <= text.data() + text.size();
  };
  CHECK(inside(p->nsp));
  CHECK(inside(p->ack_id));
  CHECK(inside(p->payload));
  REQUIRE(elements.size() == 2);
  for (auto e : elements) CHECK(inside(e));
}

TEST_CASE("ack ids of any length are kept as they were sent") {
  const std::string digits(400, '9');
  std::vector<std::string_view> elements;
  const std::string text = "2" + digits + "[\"a\"]";
  const auto p = decode_socketio(text, limits, elements);
  REQUIRE(p);
  CHECK(p->ack_id == digits);
  CHECK_FALSE(parse_ack_id(p->ack_id));
}

TEST_CASE("ack ids are numbers up to 2^53") {
  CHECK(parse_ack_id("0") == 0u);
  CHECK(parse_ack_id("13") == 13u);
  CHECK(parse_ack_id("007") == 7u);
  CHECK(parse_ack_id("9007199254740992") == 9007199254740992u);
  for (auto bad : {"", "9007199254740993", "18446744073709551616", "99999999999999999999999", "-1",
                   "+1", " 1", "1 ", "1a", "1.0"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_ack_id(bad));
  }
}

TEST_CASE("six event names are reserved") {
  for (auto name :
       {"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
    CHECK(is_reserved_event(name));
  for (auto name : {"", "error", "Connect", "connection", "connect ", "newlistener"})
    CHECK_FALSE(is_reserved_event(name));
}

TEST_CASE("outgoing packets have golden bytes") {
  using t = socketio_type;
  CHECK(socketio_prefix(t::event, "/") == "2");
  CHECK(socketio_prefix(t::event, "") == "2");
  CHECK(socketio_prefix(t::event, "/nsp") == "2/nsp,");
  CHECK(socketio_prefix(t::ack, "/nsp", "13") == "3/nsp,13");
  CHECK(socketio_prefix(t::ack, "/", "0") == "30");
  CHECK(encode_connect("/", "oS1") == R"(0{"sid":"oS1"})");
  CHECK(encode_connect("/admin", "oS1") == R"(0/admin,{"sid":"oS1"})");
  CHECK(encode_disconnect("/") == "1");
  CHECK(encode_disconnect("/admin") == "1/admin,");
  CHECK(encode_connect_error("/random", "Invalid namespace") ==
        R"(4/random,{"message":"Invalid namespace"})");
  CHECK(encode_connect_error("/", "say \"no\"\n", R"({"code":7})") ==
        R"(4{"message":"say \"no\"\n","data":{"code":7}})");
}

TEST_CASE("clients of protocol 4 write a query behind the namespace") {
  std::vector<std::string_view> elements;
  const auto decoded = [&](std::string_view text) {
    const auto p = decode_socketio(text, {}, elements);
    return p ? std::string(p->nsp) + "|" + std::string(p->nsp_query) : std::string("refused");
  };
  CHECK(decoded("0/custom?token=a%20b,") == "/custom|token=a%20b");
  CHECK(decoded("0/custom?token=x") == "/custom|token=x");
  CHECK(decoded("0/custom,") == "/custom|");
  CHECK(decoded("0/custom?,") == "/custom|");
  CHECK(decoded("0") == "/|");
  CHECK(decoded("0/?a=1?b,") == "/|a=1?b");
}

TEST_CASE("packets for clients of protocol 4") {
  CHECK(encode_connect_v4("/") == "0");
  CHECK(encode_connect_v4("/custom") == "0/custom,");
  CHECK(encode_error_v4("/custom", R"({"code":401})") == R"(4/custom,{"code":401})");
  CHECK(encode_error_v4("/", R"("no")") == R"(4"no")");
}
