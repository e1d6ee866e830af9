#include "net/protocol/utf8.hpp"

#include <doctest/doctest.h>

#include <iterator>
#include <string>
#include <string_view>

#include "tests/unit/protocol/utf8_reference.hpp"

using namespace std::string_view_literals;
using pushmesh::net::is_valid_utf8;
using pushmesh::net::utf8_validator;

namespace {

constexpr std::string_view good[] = {
    ""sv,
    "plain"sv,
    "more than eight bytes of ASCII"sv,
    "\0"sv,
    "\x7F"sv,
    "\xC2\x80"sv,
    "\xDF\xBF"sv,
    "\xE0\xA0\x80"sv,
    "\xED\x9F\xBF"sv,
    "\xEE\x80\x80"sv,
    "\xEF\xBF\xBF"sv,
    "\xF0\x90\x80\x80"sv,
    "\xF4\x8F\xBF\xBF"sv,
    "eight678\xE2\x82\xAC after"sv,
};

struct bad_row {
  std::string_view bytes;
  std::size_t seen_at;  // how many bytes must be fed until it shows
};

constexpr bad_row bad[] = {
    {"\x80"sv, 1},  // continuation without a lead
    {"\xBF"sv, 1},
    {"\xC0\x80"sv, 1},  // overlong
    {"\xC1\xBF"sv, 1},
    {"\xC2\x41"sv, 2},  // character cut short
    {"\xC2\xC2"sv, 2},
    {"\xE0\x9F\xBF"sv, 2},  // overlong
    {"\xE1\x80\x41"sv, 3},
    {"\xED\xA0\x80"sv, 2},  // surrogate
    {"\xED\xBF\xBF"sv, 2},
    {"\xF0\x8F\xBF\xBF"sv, 2},  // overlong
    {"\xF1\x80\x80\xC0"sv, 4},
    {"\xF4\x90\x80\x80"sv, 2},  // above U+10FFFF
    {"\xF5\x80\x80\x80"sv, 1},
    {"\xFE"sv, 1},
    {"\xFF"sv, 1},
    {"eight678 and more \xFF"sv, 19},
};

constexpr std::string_view unfinished[] = {"\xC2"sv, "\xE0\xA0"sv, "\xF0\x90\x80"sv, "ab\xF1"sv};

}  // namespace

TEST_CASE("valid UTF-8 is accepted whole and byte by byte") {
  for (auto text : good) {
    CAPTURE(text);
    CHECK(is_valid_utf8(text));
    utf8_validator v;
    for (char c : text) CHECK(v.feed({&c, 1}));
    CHECK(v.complete());
  }
}

TEST_CASE("invalid UTF-8 is refused at the first byte that shows it") {
  for (const auto& row : bad) {
    CAPTURE(row.bytes);
    CHECK_FALSE(is_valid_utf8(row.bytes));
    utf8_validator v;
    std::size_t at = 0;
    while (at < row.bytes.size() && v.feed(row.bytes.substr(at, 1))) ++at;
    CHECK(at + 1 == row.seen_at);
    CHECK_FALSE(v.feed("a"));
    CHECK_FALSE(v.feed("\x80"));
    CHECK_FALSE(v.complete());
  }
}

TEST_CASE("an unfinished character is no complete text") {
  for (auto text : unfinished) {
    CAPTURE(text);
    utf8_validator v;
    CHECK(v.feed(text));
    CHECK_FALSE(v.complete());
    CHECK_FALSE(is_valid_utf8(text));
    v.reset();
    CHECK(v.complete());
  }
}

TEST_CASE("all code points are judged like their definition") {
  for (unsigned c = 0x80; c < 0x200000; c += c < 0x11000 ? 1 : 97) {
    std::string s;
    if (c < 0x800) {
      s = {char(0xC0 | c >> 6), char(0x80 | (c & 63))};
    } else if (c < 0x10000) {
      s = {char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 63)), char(0x80 | (c & 63))};
    } else {
      s = {char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 63)), char(0x80 | (c >> 6 & 63)),
           char(0x80 | (c & 63))};
    }
    const bool expected = c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
    if (is_valid_utf8(s) != expected) FAIL_CHECK("code point " << c);
  }
}

TEST_CASE("the validator is small enough for an idle connection") {
  CHECK(sizeof(utf8_validator) <= 4);
}

TEST_CASE("what is no UTF-8 is replaced as browsers replace it") {
  const std::string_view bad = "\xEF\xBF\xBD";
  const auto expect = [&](std::string_view text, std::string_view pattern) {
    std::string wanted;
    for (const char c : pattern) c == '?' ? wanted += bad : wanted += c;
    CHECK_MESSAGE(pushmesh::net::replace_invalid_utf8(text) == wanted, pattern);
  };
  expect("plain", "plain");
  expect(
      "a\xFF\xFE"
      "b",
      "a??b");
  expect("a\xE2\x82", "a?");  // cut off at the end
  expect(
      "\xE2\x82"
      "b",
      "?b");  // cut off by the next character
  expect("\xE2\xE2\x82\xAC", "?\xE2\x82\xAC");
  expect("\xC0\x80", "??");       // overlong
  expect("\xED\xA0\x80", "???");  // surrogate
  expect("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

TEST_CASE("all texts of up to four bytes at the edges are replaced like their definition") {
  const unsigned char edges[] = {0x22, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF,
                                 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF};
  constexpr std::size_t count = std::size(edges);
  for (std::size_t number = 0; number < count * count * count * count; ++number) {
    std::string text;
    for (std::size_t rest = number; text.size() < 4; rest /= count)
      text += static_cast<char>(edges[rest % count]);
    const std::string expected = pushmesh::net::test::replaced(text);
    if (pushmesh::net::replace_invalid_utf8(text) != expected) FAIL_CHECK("text " << number);
    if (is_valid_utf8(text) != (expected == text)) FAIL_CHECK("validity of text " << number);
  }
}
