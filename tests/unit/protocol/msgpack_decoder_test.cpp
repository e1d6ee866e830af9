#include "net/protocol/msgpack_decoder.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::literals;
using namespace pushmesh::net;

namespace {

const protocol_limits limits;

std::string text_of(std::string_view bytes) {
  const auto p = decode_msgpack(bytes, limits);
  return p ? p->text : "error: " + std::string(to_string(p.error()));
}

/// An event whose only argument is `value`.
std::string event(std::string_view value) {
  return "\x83\xa4type\x02\xa3nsp\xa1/\xa4"
         "data\x92\xa1"
         "e" +
         std::string(value);
}

std::string argument(std::string_view value) {
  auto text = text_of(event(value));
  if (!text.starts_with("2/,[\"e\",")) return text;
  return text.substr(8, text.size() - 9);
}

errc why(std::string_view bytes) {
  const auto p = decode_msgpack(bytes, limits);
  REQUIRE_FALSE(p);
  return p.error();
}

}  // namespace

TEST_CASE("packets of socket.io-msgpack-parser become those of the text codec") {
  // Captured from socket.io-client 4.8 with socket.io-msgpack-parser 3.0.2.
  CHECK(text_of("\x83\xa4type\0\xa4"
                "data\x81\xa5token\xa1x\xa3nsp\xa1/"s) == R"(0/,{"token":"x"})");
  CHECK(text_of("\x84\xa4type\0\xa4"
                "data\xd4\0\0\xa3nsp\xa6/admin\xa7options\x80"s) == "0/admin,");
  CHECK(text_of("\x82\xa4type\x01\xa3nsp\xa6/admin") == "1/admin,");
  CHECK(text_of("\x85\xa4type\x02\xa4"
                "data\x92\xa4"
                "echo\x01\xa7options\x81\xa8"
                "compress\xc3\xa2id\0\xa3nsp\xa1/"s) == R"(2/,0["echo",1])");
  CHECK(text_of("\x84\xa4type\x03\xa2id\x07\xa4"
                "data\x91\xa3yes\xa3nsp\xa1/") == R"(3/,7["yes"])");
}

TEST_CASE("values become JSON") {
  CHECK(argument("\xc0") == "null");
  CHECK(argument("\xd4\0\0"s) == "null");
  CHECK(argument("\xc3") == "true");
  CHECK(argument("\xcf\0\x20\0\0\0\0\0\x01"s) == "9007199254740993");
  CHECK(argument("\xd3\x80\0\0\0\0\0\0\0"s) == "-9223372036854775808");
  CHECK(argument("\xcb\x3f\xf8\0\0\0\0\0\0"s) == "1.5");
  CHECK(argument("\xcb\x7f\xf8\0\0\0\0\0\0"s) == "null");
  CHECK(argument("\xa3\"\n\x1e") == R"("\"\n\u001e")");
  CHECK(argument("\x82\xa1"
                 "a\x90\x01\x80") == R"({"a":[],"1":{}})");
  CHECK(argument("\xd7\0\0\0\0\0\0\0\0\0"s) == R"("1970-01-01T00:00:00.000Z")");
}

TEST_CASE("binary becomes an attachment, and no other object looks like one") {
  const auto p = decode_msgpack(event("\x92\xc4\x01x\x81\xa1k\xc4\0"s), limits);
  REQUIRE(p);
  CHECK(p->text ==
        R"(2/,["e",[{"_placeholder":true,"num":0},{"k":{"_placeholder":true,"num":1}}]])");
  REQUIRE(p->attachments.size() == 2);
  CHECK(p->attachments[0].view() == "x");
  CHECK(p->attachments[1].empty());
  const auto fake = "\x82\xac_placeholder\xc3\xa3num\0"s;
  CHECK(argument(fake) == R"({"_placeholder":true,"num":0})");
  CHECK(argument("\x92" + fake + "\xc4\x01x") == R"([null,{"_placeholder":true,"num":0}])");
}

TEST_CASE("what is no packet is refused") {
  const auto packet = [](std::string_view type, std::string_view nsp, std::string_view data) {
    return "\x83\xa4type" + std::string(type) + "\xa3nsp" + std::string(nsp) +
           "\xa4"
           "data" +
           std::string(data);
  };
  CHECK(why("") == errc::bad_msgpack);
  CHECK(why("\xc1") == errc::bad_msgpack);
  CHECK(why("\x83") == errc::bad_msgpack);
  CHECK(why(packet("\x02", "\xa1/",
                   "\x91\xa1"
                   "e") +
            "x") == errc::bad_msgpack);
  CHECK(why("\xdf\xff\xff\xff\xff") == errc::bad_msgpack);
  CHECK(why("\xdb\xff\xff\xff\xff") == errc::bad_msgpack);
  CHECK(why("\x01") == errc::unknown_packet_type);
  CHECK(why("\x93\x01\x02\x03") == errc::unknown_packet_type);
  CHECK(why("\x80") == errc::unknown_packet_type);
  for (auto type : {"\x05"sv, "\x0a"sv, "\xff"sv,
                    "\xa1"
                    "2"sv,
                    "\xc0"sv, "\xcb\x3f\xf8\0\0\0\0\0\0"sv})
    CHECK(why(packet(type, "\xa1/",
                     "\x91\xa1"
                     "e")) == errc::unknown_packet_type);
  for (auto nsp :
       {"\xa0"sv, "\xa1x"sv, "\xc0"sv, "\x01"sv, "\xa3/,["sv, "\xc4\x01/"sv, "\x91\xa1/"sv})
    CHECK(why(packet("\x02", nsp,
                     "\x91\xa1"
                     "e")) == errc::bad_namespace);
  for (auto data : {"\xc0"sv, "\x80"sv, "\x01"sv, "\xa1x"sv, "\xc4\0"sv, "\xd4\0\0"sv})
    CHECK(why(packet("\x02", "\xa1/", data)) == errc::bad_payload_shape);
  for (auto id : {"\xff"sv,
                  "\xa1"
                  "1"sv,
                  "\x90"sv, "\xcb\x3f\xf8\0\0\0\0\0\0"sv, "\xc3"sv})
    CHECK(why("\x84\xa4type\x02\xa3nsp\xa1/\xa2id" + std::string(id) +
              "\xa4"
              "data\x91\xa1"
              "e") == errc::bad_payload_shape);
  CHECK(why("\x81\x90\x01") == errc::bad_msgpack);
}

TEST_CASE("bounds hold") {
  CHECK(why(event(std::string(200'000, '\x91') + "\x90")) == errc::json_too_deep);
  CHECK(argument(std::string(500, '\x91') + "\x90").size() == 1002);
  std::string eleven = "\x9b";
  for (int i = 0; i < 11; ++i) eleven += "\xc4\0"s;
  CHECK(why(event(eleven)) == errc::too_many_attachments);
  // A long list of small things is no reason to refuse.
  CHECK(argument("\xdd\0\x01\x86\xa0"s + std::string(100'000, '\0')).size() == 200'001);
}
