#include "net/protocol/msgpack_encoder.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "net/protocol/msgpack_decoder.hpp"

using namespace std::literals;
using namespace pushmesh;
using namespace pushmesh::net;

namespace {

constexpr auto place0 = R"({"_placeholder":true,"num":0})"sv;

/// The data of an ack that carries `json`, as bytes behind `data` and its array header.
std::string packed(std::string_view json) {
  const auto packet = encode_msgpack_ack("/", "1", json, {});
  const auto begin = packet.find(
                         "\xa4"
                         "data") +
                     5;
  return packet.substr(begin, packet.size() - begin - "\xa2id\x01"sv.size());
}

}  // namespace

TEST_CASE("packets are maps of type, nsp, data and id") {
  CHECK(encode_msgpack_event("/", "hi", "", {}, {}) ==
        "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
        "data\x91\xa2hi");
  CHECK(encode_msgpack_event("/a", "hi", "1,\"x\"", {}, 300) ==
        "\x84\xa4type\x02\xa3nsp\xa2/a\xa4"
        "data\x93\xa2hi\x01\xa1x\xa2id\xcd\x01\x2c");
  CHECK(encode_msgpack_ack("/", "0", "", {}) ==
        "\x84\xa4type\x03\xa3nsp\xa1/\xa4"
        "data\x90\xa2id\0"s);
  CHECK(encode_msgpack_connect("/", "abc") ==
        "\x83\xa4type\0\xa3nsp\xa1/\xa4"
        "data\x81\xa3sid\xa3"
        "abc"s);
  CHECK(encode_msgpack_disconnect("/a") == "\x82\xa4type\x01\xa3nsp\xa2/a");
  CHECK(encode_msgpack_connect_error("/", "no", "") ==
        "\x83\xa4type\x04\xa3nsp\xa1/\xa4"
        "data\x81\xa7message\xa2no");
  CHECK(encode_msgpack_connect_error("/", "no", R"({"code":401})") ==
        "\x83\xa4type\x04\xa3nsp\xa1/\xa4"
        "data\x82\xa7message\xa2no\xa4"
        "data\x81\xa4"
        "code\xcd\x01\x91");
}

TEST_CASE("JSON values become MessagePack values") {
  struct row {
    std::string_view json;
    std::string bytes;
  };
  const row rows[] = {
      {"null", "\x91\xc0"},
      {"true,false", "\x92\xc3\xc2"},
      {"0,127,128,-1,-32,-33", "\x96\0\x7f\xcc\x80\xff\xe0\xd0\xdf"s},
      {"4294967296", "\x91\xcf\0\0\0\x01\0\0\0\0"s},
      {"18446744073709551615", "\x91\xcf\xff\xff\xff\xff\xff\xff\xff\xff"},
      {"-9223372036854775808", "\x91\xd3\x80\0\0\0\0\0\0\0"s},
      {"1.5", "\x91\xcb\x3f\xf8\0\0\0\0\0\0"s},
      {"1e2", "\x91\xcb\x40\x59\0\0\0\0\0\0"s},
      {"18446744073709551616", "\x91\xcb\x43\xf0\0\0\0\0\0\0"s},
      {"-129,-32768,-32769,-2147483649",
       "\x94\xd1\xff\x7f\xd1\x80\0\xd2\xff\xff\x7f\xff\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"s},
      {R"("","a","\u0041\n")",
       "\x93\xa0\xa1"
       "a\xa2"
       "A\n"},
      {R"("ü😀")", "\x91\xa6ü😀"},
      {"[],{}", "\x92\x90\x80"},
      {R"([1,[2,{"a":[]}],"]"], {"k" : {"l":1} , "m":[ ]})",
       "\x92\x93\x01\x92\x02\x81\xa1"
       "a\x90\xa1]\x82\xa1k\x81\xa1l\x01\xa1m\x90"},
      {R"({"_placeholder":true,"num":0})", "\x91\x82\xac_placeholder\xc3\xa3num\0"s},
  };
  for (const auto& r : rows) CHECK_MESSAGE(packed(r.json) == r.bytes, r.json);
  CHECK(packed("\"" + std::string(40, 'x') + "\"") == "\x91\xd9\x28" + std::string(40, 'x'));
  std::string many = "[0";
  for (int i = 1; i < 70'000; ++i) many += ",0";
  CHECK(packed(many + "]") == "\x91\xdd\0\x01\x11\x70"s + std::string(70'000, '\0'));
}

TEST_CASE("attachments stand where their placeholders were") {
  const std::array attachments{binary("\x01\x02"s), binary(std::string(300, 'b'))};
  CHECK(encode_msgpack_event("/", "e",
                             R"({"a":{"_placeholder":true,"num":1}},[)" + std::string(place0) +
                                 "]," + std::string(place0),
                             attachments, {}) ==
        "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
        "data\x94\xa1"
        "e\x81\xa1"
        "a\xc5\x01\x2c" +
            std::string(300, 'b') + "\x91\xc4\x02\x01\x02\xc4\x02\x01\x02");
}

TEST_CASE("very deep JSON is written without recursion, text that is not JSON without harm") {
  const auto deep = std::string(200'000, '[') + std::string(200'000, ']');
  CHECK(packed(deep) == "\x91" + std::string(199'999, '\x91') + "\x90");
  for (const auto* bad :
       {"[", "]", "{",     "}",  "{1", "\"", "\"\\", "\"\\u12", "t",    "nul",   "-",
        "+", "e", "1e999", "[}", "{]", ",",  ":",    "\x01",    "\xff", "\"\xff"})
    encode_msgpack_event("/", "e", bad, {}, {});
}

TEST_CASE("what is written is read again") {
  const std::array attachments{binary("\x01\x02"s)};
  const auto args = R"("x",[1,-2,1.5,{"k":null}],)" + std::string(place0);
  const auto back =
      decode_msgpack(encode_msgpack_event("/a", "ev", args, attachments, 7), protocol_limits{});
  REQUIRE(back);
  CHECK(back->text == R"(2/a,7["ev",)" + args + "]");
  REQUIRE(back->attachments.size() == 1);
  CHECK(back->attachments[0] == attachments[0]);
}
