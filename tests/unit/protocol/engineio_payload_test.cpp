#include "net/protocol/engineio_payload.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace pushmesh::net;
using enum payload_form;

namespace {

// Text items as they are, binary ones behind `B:`, the error as `!` and its number.
std::vector<std::string> items_of(payload_form form, std::string_view body) {
  std::vector<std::string> all;
  payload_reader reader(form, body);
  for (;;) {
    const auto item = reader.next();
    if (!item) {
      all.push_back("!" + std::to_string(static_cast<int>(item.error())));
      return all;
    }
    if (!*item) return all;
    all.push_back(((*item)->is_binary ? "B:" : "") + std::string((*item)->data));
  }
}

using strings = std::vector<std::string>;
const std::string empty = "!" + std::to_string(static_cast<int>(errc::empty_packet));
const std::string framing = "!" + std::to_string(static_cast<int>(errc::bad_payload_framing));
const std::string not_text = "!" + std::to_string(static_cast<int>(errc::invalid_text));

}  // namespace

TEST_CASE("bodies of all forms are taken apart") {
  struct row {
    payload_form form;
    std::string_view body;
    strings items;
  };
  const row rows[] = {
      {v4, "4hello", {"4hello"}},
      {v4,
       "2\x1e"
       "4hi\x1e"
       "bAQIDBA==",
       {"2", "4hi", "B:\x01\x02\x03\x04"}},
      {v4, "b", {"B:"}},
      {v4, "4\xe2\x82\xac", {"4\xe2\x82\xac"}},
      {v4, "x", {"x"}},  // the type digit is not looked at here
      {v3_text, "6:4hello10:b4AQIDBA==", {"4hello", "B:\x01\x02\x03\x04"}},
      {v3_text,
       "2:4\xe2\x82\xac"
       "1:2",
       {"4\xe2\x82\xac", "2"}},
      {v3_text,
       "3:4\xf0\x9f\x98\x80"
       "1:3",
       {"4\xf0\x9f\x98\x80", "3"}},
      {v3_text, "10:40/custom,1:2", {"40/custom,", "2"}},
      {v3_text, "0002:4a", {"4a"}},
      {v3_text, "2:b4", {"B:"}},
      {v3_binary,
       "\x00\x06\xff"
       "4hello\x01\x05\xff\x04\x01\x02\x03\x04"sv,
       {"4hello", "B:\x01\x02\x03\x04"}},
      {v3_binary,
       "\x00\x01\x00\xff"
       "4123456789"sv,
       {"4123456789"}},
      {v3_binary,
       "\x00\x04\xff"
       "4\xe2\x82\xac"sv,
       {"4\xe2\x82\xac"}},
      {v3_binary, "\x01\x01\xff\x04"sv, {"B:"}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.body);
    CHECK(items_of(r.form, r.body) == r.items);
  }
}

TEST_CASE("bad bodies are refused where they go wrong") {
  struct row {
    payload_form form;
    std::string_view body;
    strings items;
  };
  const row rows[] = {
      {v4, "", {empty}},
      {v4, "\x1e", {empty}},
      {v4, "4a\x1e", {"4a", empty}},
      {v4,
       "4a\x1e\x1e"
       "4b",
       {"4a", empty}},
      {v4,
       "4a\x1e"
       "b*",
       {"4a", framing}},
      {v4, "bA", {framing}},
      {v4, "bAQ==AQ==", {framing}},
      {v4, "4\xff", {not_text}},
      {v4, "4\xed\xa0\x80", {not_text}},
      {v4, "4\xe2\x82", {not_text}},
      {v3_text, "", {empty}},
      {v3_text, "0:", {empty}},
      {v3_text, "4hello", {framing}},
      {v3_text, ":4a", {framing}},
      {v3_text, "5:4a", {framing}},
      {v3_text, "2:4a3", {"4a", framing}},
      {v3_text, "-1:4", {framing}},
      {v3_text, "1e1:4", {framing}},
      {v3_text, "99999999999999999999:4", {framing}},
      {v3_text, "4294967298:4a", {framing}},
      {v3_text, "2:4\xf0\x9f\x98\x80", {framing}},  // the border would cut the pair
      {v3_text, "2:4\xc3", {not_text}},
      {v3_text, "3:b5A", {framing}},
      {v3_text, "1:b", {framing}},
      {v3_text, "3:b4*", {framing}},
      {v3_binary, ""sv, {empty}},
      {v3_binary,
       "\x02\x01\xff"
       "4"sv,
       {framing}},
      {v3_binary,
       "\x00\xff"
       "4"sv,
       {framing}},
      {v3_binary, "\x00\x01"sv, {framing}},
      {v3_binary, "\x00\x00\xff"sv, {empty}},
      {v3_binary,
       "\x00\x02\xff"
       "4"sv,
       {framing}},
      {v3_binary,
       "\x00\x0a\xff"
       "4123456789"sv,
       {framing}},
      {v3_binary,
       "\x00"
       "1\xff"
       "4"sv,
       {framing}},
      {v3_binary, "\x01\x02\xff\x05\x01"sv, {framing}},
      {v3_binary,
       "\x01\x01\xff"
       "4"sv,
       {framing}},
      {v3_binary,
       "\x00\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff"
       "4"sv,
       {framing}},
      {v3_binary,
       "\x00\x02\xff"
       "4\xff"sv,
       {not_text}},
  };
  for (const auto& r : rows) {
    CAPTURE(r.body);
    CHECK(items_of(r.form, r.body) == r.items);
  }
}

TEST_CASE("items are written as the official servers write them") {
  const payload_item hello{"4hello"};
  const payload_item bytes{"\x01\x02\x03\x04", true};
  const payload_item euro{"4\xe2\x82\xac"};
  const payload_item smile{"4\xf0\x9f\x98\x80"};
  const auto body = [&](payload_form form) {
    std::string out;
    for (const auto& item : {hello, bytes, euro, smile}) append_payload_item(out, form, item);
    return out;
  };
  CHECK(body(v4) ==
        "4hello\x1e"
        "bAQIDBA==\x1e"
        "4\xe2\x82\xac\x1e"
        "4\xf0\x9f\x98\x80");
  CHECK(body(v3_text) ==
        "6:4hello10:b4AQIDBA==2:4\xe2\x82\xac"
        "3:4\xf0\x9f\x98\x80");
  CHECK(body(v3_binary) ==
        "\x00\x06\xff"
        "4hello\x01\x05\xff\x04\x01\x02\x03\x04"
        "\x00\x04\xff"
        "4\xe2\x82\xac\x00\x05\xff"
        "4\xf0\x9f\x98\x80"sv);
}
