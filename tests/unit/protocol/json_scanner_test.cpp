#include "net/protocol/json_scanner.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/protocol/utf8_reference.hpp"

using namespace std::literals;
using namespace pushmesh::net;

namespace {

constexpr std::size_t depth = 512;

std::string repeat(std::string_view piece, std::size_t n) {
  std::string out;
  while (n-- > 0) out += piece;
  return out;
}

}  // namespace

TEST_CASE("JSON texts of every kind are accepted") {
  struct row {
    std::string_view text;
    json_kind kind;
  };
  const row rows[] = {
      {"null", json_kind::null},
      {"true", json_kind::boolean},
      {"false", json_kind::boolean},
      {" \t\r\n1 \n", json_kind::number},
      {"0", json_kind::number},
      {"-0", json_kind::number},
      {"-1.5e+10", json_kind::number},
      {"1E-2", json_kind::number},
      {"0e0", json_kind::number},
      {"1e999", json_kind::number},
      {"123456789012345678901234567890", json_kind::number},
      {R"("")", json_kind::string},
      {R"("more than eight bytes, then \" and \\ and \/ and \b\f\n\r\t \u00e9")",
       json_kind::string},
      {R"("\ud800")", json_kind::string},
      {R"("\udc00\ud800x\uDBFF\uDFFF")", json_kind::string},
      {"\"\x7F\u2028\u20AC\"", json_kind::string},
      {"[]", json_kind::array},
      {"[ ]", json_kind::array},
      {"[1,[2,[3]],{}]", json_kind::array},
      {"{}", json_kind::object},
      {"{ }", json_kind::object},
      {R"({"a":1,"a":2, "" : [ ] })", json_kind::object},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto scan = scan_json(r.text, depth);
    REQUIRE(scan);
    CHECK((scan->kind == r.kind));
    CHECK((kind_of(r.text) == r.kind));
    CHECK_FALSE(scan->has_placeholder);
  }
}

TEST_CASE("bad JSON is refused") {
  const std::string_view rows[] = {
      "",
      " ",
      "\0"sv,
      "nul",
      "nulll",
      "True",
      "tru",
      "falsee",
      "undefined",
      "NaN",
      "Infinity",
      "-",
      "+1",
      "01",
      "-01",
      "00",
      "1.",
      ".5",
      "-.5",
      "1e",
      "1e+",
      "1.e1",
      "0x10",
      "1 2",
      "1,",
      "--1",
      "1e1.5",
      "- 1",
      "\"",
      "\"a",
      "\"\\",
      "\"\\\"",
      R"("\x")",
      R"("\u")",
      R"("\u12")",
      R"("\u12g4")",
      R"("\u123)",
      R"("\U0041")",
      R"("\')",
      "'a'",
      "\"a\nb\"",
      "\"\t\"",
      "\"\0\""sv,
      "\"\x1F\"",
      "\"a\"b",
      "\"seven77\x01\"",
      "\"eight888\x01\"",
      "\"a\"\"b\"",
      "[",
      "]",
      "[1",
      "[1,",
      "[1,]",
      "[,1]",
      "[,]",
      "[1 2]",
      "[1]]",
      "[1}",
      "[}",
      "[1,,2]",
      "[\"a\":1]",
      "[1]x",
      "[]]",
      "[][]",
      "{",
      "}",
      "{]",
      R"({"a")",
      R"({"a":)",
      R"({"a":1)",
      R"({"a":1,)",
      R"({"a":1,})",
      "{,}",
      R"({"a" 1})",
      R"({"a",1})",
      R"({a:1})",
      "{1:1}",
      R"({"a":1]})",
      R"({"a":1 "b":2})",
      R"({"a"::1})",
      R"({"a":1}})",
      R"({:1})",
      "{null:1}",
      "\xEF\xBB\xBF[]",
      "\v1",
      "\f1",
      "1\v",
      "\xC2\xA0"
      "1",
      "/**/1",
      "1//x",
      "[1,/**/2]",
  };
  for (auto text : rows) {
    CAPTURE(text);
    const auto scan = scan_json(text, depth);
    REQUIRE_FALSE(scan);
    CHECK(scan.error() == errc::bad_json);
  }
}

TEST_CASE("a text cut anywhere is refused") {
  const auto whole = R"({"key":[1.5e3,"s\u00e9\n",{"_placeholder":true}],"b":null})"sv;
  REQUIRE(scan_json(whole, depth));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    // Exact memory, so that a sanitizer sees a read behind the end.
    const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_FALSE(scan_json({cut.data(), cut.size()}, depth));
  }
}

TEST_CASE("nesting is bounded and does not recurse") {
  for (std::size_t n : {1, 2, 63, 64, 65, 127, 128, 129, 300}) {
    CAPTURE(n);
    const auto arrays = repeat("[", n) + repeat("]", n);
    const auto objects = repeat(R"({"a":)", n) + "1" + repeat("}", n);
    const auto mixed = repeat(R"([{"a":)", n) + "1" + repeat("}]", n);
    for (const auto& text : {arrays, objects}) {
      CHECK(scan_json(text, n));
      const auto deep = scan_json(text, n - 1);
      REQUIRE_FALSE(deep);
      CHECK(deep.error() == errc::json_too_deep);
    }
    CHECK(scan_json(mixed, 2 * n));
    CHECK(scan_json(mixed, 2 * n - 1).error() == errc::json_too_deep);
    CHECK(scan_json(repeat(R"([{"a":)", n) + "1" + repeat("]}", n), 2 * n).error() ==
          errc::bad_json);
  }
  CHECK(scan_json("1", 0));
  CHECK(scan_json("[]", 0).error() == errc::json_too_deep);
  const auto hostile = repeat("[", 500'000);
  CHECK(scan_json(hostile, depth).error() == errc::json_too_deep);
  CHECK(scan_json(hostile + repeat("]", 500'000), 1'000'000));
}

TEST_CASE("siblings at a border of the nesting stack keep their brackets apart") {
  const auto inner = repeat(R"({"a":[],"b":{}},)", 5) + "[]";
  const auto text = repeat("[", 63) + inner + repeat("]", 63);
  CHECK(scan_json(text, depth));
  CHECK(scan_json(repeat("[", 62) + inner + repeat("]", 62), depth));
  CHECK(scan_json(repeat("[", 64) + inner + repeat("]", 64), depth));
}

TEST_CASE("elements of a top-level array are raw slices without the space around them") {
  struct row {
    std::string_view text;
    std::vector<std::string_view> elements;
  };
  const row rows[] = {
      {"[]", {}},
      {"[ \n]", {}},
      {"[1]", {"1"}},
      {"[ 1 , \"a,]\\\"\" ,\t[2, [3]] , {\"k\" : [4]}\n]",
       {"1", "\"a,]\\\"\"", "[2, [3]]", "{\"k\" : [4]}"}},
      {"[[],{},[[]]]", {"[]", "{}", "[[]]"}},
      {" [null,true,false,-1.5e3] ", {"null", "true", "false", "-1.5e3"}},
      {R"({"a":[1,2]})", {}},
      {"1", {}},
      {"\"[1,2]\"", {}},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    std::vector<std::string_view> elements;
    REQUIRE(scan_json(r.text, depth, &elements));
    CHECK((elements == r.elements));
  }
  std::vector<std::string_view> kept{"before"};
  REQUIRE(scan_json("[1]", depth, &kept));
  CHECK((kept == std::vector<std::string_view>{"before", "1"}));
}

TEST_CASE("a key that looks like a placeholder is noticed, also when it is escaped") {
  const std::string_view with[] = {
      R"({"_placeholder":true,"num":0})",
      R"(["ev",{"a":[{"_placeholder" : 1}]}])",
      R"({"a":1,"_placeholder":null})",
      R"({"\u005fplaceholder":true})",
      R"({"_placehold\u0065r":true})",
      R"({"\u005F\u0070\u006c\u0061\u0063\u0065\u0068\u006f\u006C\u0064\u0065\u0072":true})",
  };
  for (auto text : with) {
    CAPTURE(text);
    const auto scan = scan_json(text, depth);
    REQUIRE(scan);
    CHECK(scan->has_placeholder);
  }
  const std::string_view without[] = {
      R"("_placeholder")",
      R"(["_placeholder",{"a":"_placeholder"}])",
      R"({"_Placeholder":1,"_placeholder ":1,"placeholder":1,"_placeholder\u0000":1})",
      R"({"\\u005fplaceholder":1,"_placeholde\r":1,"":1,"_placeholder_":1})",
      R"({"_placeholder\n\n":1,"\u005fplaceholde":1})",
  };
  for (auto text : without) {
    CAPTURE(text);
    const auto scan = scan_json(text, depth);
    REQUIRE(scan);
    CHECK_FALSE(scan->has_placeholder);
  }
}

TEST_CASE("special bytes are found at every place of a long string") {
  for (std::size_t n = 0; n < 40; ++n) {
    for (std::size_t at = 0; at < n; ++at) {
      std::string inside(n, 'x');
      CHECK(scan_json('"' + inside + '"', depth));
      inside[at] = '\x1F';
      CHECK_FALSE(scan_json('"' + inside + '"', depth));
      inside[at] = '\xFF';
      CHECK(scan_json('"' + inside + '"', depth));
      inside[at] = '"';
      CHECK_FALSE(scan_json('"' + inside + '"', depth));
      inside[at] = '!';
      CHECK(scan_json('"' + inside + '"', depth));
      inside.replace(at, 1, "\\\"");
      CHECK(scan_json('"' + inside + '"', depth));
    }
  }
}

TEST_CASE("JSON strings are decoded to UTF-8") {
  struct row {
    std::string_view raw;
    std::string_view decoded;
  };
  const row rows[] = {
      {R"("")", ""},
      {R"("plain")", "plain"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0000")", "\0"sv},
      {R"("\u0041\u00e9\u20AC")", "A\u00e9\u20ac"},
      {R"("\ud83d\ude00")", "\U0001F600"},
      {R"("\uD800\uDC00\uDBFF\uDFFF")", "\U00010000\U0010FFFF"},
      {R"("\ud800")", "\uFFFD"},
      {R"("\udc00x")", "\uFFFDx"},
      {R"("\ud800\ud83d\ude00")", "\uFFFD\U0001F600"},
      {R"("\ud800\n")", "\uFFFD\n"},
      {R"("\ud800\u0041")", "\uFFFDA"},
      {R"("\ud800u")", "\uFFFDu"},
      {R"("\ude00\ud83d")", "\uFFFD\uFFFD"},
      {R"("\\ud800")", "\\ud800"},
  };
  for (const row& r : rows) {
    CAPTURE(r.raw);
    REQUIRE(scan_json(r.raw, depth));
    CHECK(decode_json_string(r.raw) == r.decoded);
  }
}

TEST_CASE("strings are encoded as JSON.stringify encodes them") {
  struct row {
    std::string_view text;
    std::string_view json;
  };
  const row rows[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"a\"b\\c/d", R"("a\"b\\c/d")"},
      {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
      {"\0\x01\x1E\x1F\x7F"sv, "\"\\u0000\\u0001\\u001e\\u001f\x7F\""},
      {"\u20ac \U0001F600", "\"\u20ac \U0001F600\""},
      {"long enough for two words\n and more", R"("long enough for two words\n and more")"},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    std::string out = "x";
    append_json_string(out, r.text);
    CHECK(out == 'x' + std::string(r.json));
    CHECK(decode_json_string(r.json) == r.text);
  }
}

TEST_CASE("bytes that are no UTF-8 are encoded as U+FFFD") {
  struct row {
    std::string_view text;
    std::string_view json;
  };
  const row rows[] = {
      {"\xFF", "\"\uFFFD\""},
      {"a\x80\"\n", "\"a\uFFFD\\\"\\n\""},
      {"\xE2\x82\"", "\"\uFFFD\\\"\""},
      {"\xED\xA0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
      {"[{\"a\":\xDB{", "\"[{\\\"a\\\":\uFFFD{\""},
  };
  for (const row& r : rows) {
    CAPTURE(r.json);
    std::string out;
    append_json_string(out, r.text);
    CHECK(out == r.json);
    CHECK(decode_json_string(out) == test::replaced(r.text));
  }
}

TEST_CASE("members of an object are given as they stand in the text, doubles too") {
  const auto members = scan_json_object(
      R"( { "a" : [1, {"b":2}] ,"\u0061":"x","a":{ "c" : null } , "":1e3 } )", 8, 9);
  REQUIRE(members);
  REQUIRE(members->size() == 4);
  CHECK((*members)[0].name == R"("a")");
  CHECK((*members)[0].value == R"([1, {"b":2}])");
  CHECK((*members)[1].name == R"("\u0061")");
  CHECK((*members)[1].value == R"("x")");
  CHECK((*members)[2].name == R"("a")");
  CHECK((*members)[2].value == R"({ "c" : null })");
  CHECK((*members)[3].name == R"("")");
  CHECK((*members)[3].value == "1e3");
  CHECK(scan_json_object("{}", 1, 9)->empty());
}

TEST_CASE("members and elements beyond the wanted ones are validated only") {
  CHECK(scan_json_object(R"({"a":1,"b":2,"c":3})", 1, 2)->size() == 2);
  CHECK_FALSE(scan_json_object(R"({"a":1,"b":2,"c":})", 1, 1));
  CHECK(scan_json_array("[1,2,3]", 1, 2) == std::vector{"1"sv, "2"sv});
  CHECK_FALSE(scan_json_array("[1,2,3", 1, 2));
  CHECK(scan_json_array(" [ ] ", 1, 2)->empty());
}

TEST_CASE("what is no array or object, or too deep, has no parts") {
  for (const auto text : {"", "1", "null", R"("a")", R"({"a":1})", "[1] 2"})
    CHECK(scan_json_array(text, depth, 9).error() == errc::bad_json);
  for (const auto text : {"", "1", "null", R"("a")", "[1]", R"({"a":1}{})", R"({"a"})", R"({a:1})"})
    CHECK(scan_json_object(text, depth, 9).error() == errc::bad_json);
  CHECK(scan_json_object(R"({"a":[[1]]})", 2, 9).error() == errc::json_too_deep);
  CHECK(scan_json_array(repeat("[", 200'000), 8, 9).error() == errc::json_too_deep);
}
