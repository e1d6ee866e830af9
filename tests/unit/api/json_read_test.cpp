#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/api/json_value.hpp"
#include "tests/unit/api/json_order.hpp"

namespace {

using namespace pushmesh;

/// Reads `text` as a T and writes it again.
template <class T>
std::string again(std::string_view text) {
  return json_args(from_json<T>(text));
}

template <class T>
bool reads(std::string_view text) {
  return try_from_json<T>(text).has_value();
}

}  // namespace

TEST_CASE("integers of every width are read up to their bounds") {
  CHECK(from_json<std::int8_t>("-128") == -128);
  CHECK(from_json<std::uint8_t>("255") == 255);
  CHECK(from_json<std::int64_t>("-9223372036854775808") ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(from_json<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(from_json<std::uint64_t>("18446744073709551615") ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK(from_json<std::vector<std::uint64_t>>("[18446744073709551615]").front() ==
        std::numeric_limits<std::uint64_t>::max());
  CHECK_FALSE(reads<std::int8_t>("128"));
  CHECK_FALSE(reads<std::int8_t>("-129"));
  CHECK_FALSE(reads<std::uint8_t>("256"));
  CHECK_FALSE(reads<std::uint8_t>("-1"));
  CHECK_FALSE(reads<std::int64_t>("9223372036854775808"));
  CHECK_FALSE(reads<std::int64_t>("-9223372036854775809"));
  CHECK_FALSE(reads<std::uint64_t>("18446744073709551616"));
}

TEST_CASE("integers may be written with a fraction or an exponent") {
  CHECK(from_json<int>("1.0") == 1);
  CHECK(from_json<int>("1e3") == 1000);
  CHECK(from_json<int>("-0") == 0);
  CHECK(from_json<unsigned>("-0.0") == 0);
  CHECK(from_json<std::int64_t>("-9007199254740993.0") == -9007199254740992);
  CHECK_FALSE(reads<std::int64_t>("9223372036854775808.0"));
  CHECK_FALSE(reads<int>("1.5"));
  CHECK_FALSE(reads<int>("1e10"));
  CHECK_FALSE(reads<int>("true"));
  CHECK_FALSE(reads<int>("\"1\""));
}

TEST_CASE("floating point numbers are read exactly, alone and in arrays") {
  const std::map<std::string, double> table{
      {"0", 0},
      {"2", 2},
      {"0.1", 0.1},
      {"1e+300", 1e300},
      {"-1.5E-3", -1.5e-3},
      {"18446744073709551616", 18446744073709551616.0},
      {"0.30000000000000004", 0.1 + 0.2},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"2.2250738585072011e-308", 2.2250738585072011e-308},
      {"5e-324", 5e-324},
      {"1e-400", 0},
      {"0.0000000001e-2147483639", 0},
      {"1e-99999999999999999999", 0},
      {"9007199254740993", 9007199254740992.0},
  };
  for (const auto& row : table) {
    const auto& text = row.first;
    const auto& value = row.second;
    CAPTURE(text);
    CHECK(from_json<double>(text) == value);
    CHECK(from_json<std::vector<double>>("[" + text + "]").front() == value);
  }
  CHECK(std::signbit(from_json<double>("-0")));
  CHECK(from_json<float>("0.1") == 0.1f);
}

TEST_CASE("a double survives writing and reading") {
  for (const double value : {0.1, 1.0 / 3, 1e-7, 123456789.123, 1e21, -4.9e-320, 1e5, -0.0}) {
    CAPTURE(value);
    CHECK(from_json<double>(json_args(value)) == value);
  }
}

TEST_CASE("text that is no JSON number is refused, alone and in arrays") {
  for (const std::string text : {"01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1 2", "inf",
                                 "nan", "-01", "1f", "1e400", "-1e400", "--1"}) {
    CAPTURE(text);
    CHECK_FALSE(reads<double>(text));
    CHECK_FALSE(reads<std::vector<double>>("[" + text + "]"));
    CHECK_FALSE(reads<json_value>(text));
  }
}

TEST_CASE("booleans, null and strings are read") {
  CHECK(from_json<bool>("true"));
  CHECK_FALSE(from_json<bool>(" false\n"));
  CHECK(from_json<std::nullptr_t>("null") == nullptr);
  CHECK(from_json<std::monostate>("null") == std::monostate{});
  CHECK(from_json<std::string>("\"\"") == "");
  CHECK(from_json<std::string>("\"abc\"") == "abc");
  CHECK(from_json<std::string>("\"€ 😀\"") == "€ 😀");
}

TEST_CASE("escapes in strings are decoded, alone and in arrays") {
  const std::map<std::string, std::string> table{
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u20ac")", "A€"},
      {R"("\ud83d\ude00")", "😀"},
      {R"("a\u0000b")", std::string("a\0b", 3)},
      {R"("\u001e")", "\x1e"},
  };
  for (const auto& row : table) {
    const auto& text = row.first;
    const auto& value = row.second;
    CAPTURE(text);
    CHECK(from_json<std::string>(text) == value);
    CHECK(from_json<std::vector<std::string>>("[" + text + "]").front() == value);
    CHECK(from_json<std::string>(json_args(value)) == value);
  }
}

TEST_CASE("half a surrogate pair is replaced in an argument and refused inside others") {
  CHECK(from_json<std::string>(R"("a\ud800")") == "a\xEF\xBF\xBD");
  CHECK_THROWS_WITH_AS(from_json<std::vector<std::string>>(R"(["a\ud800"])"),
                       "unusable JSON at byte 3: a string holds half of a surrogate pair",
                       json_error);
}

TEST_CASE("text that is no JSON string is refused") {
  for (const std::string_view text : {"\"", "\"a", "a\"", "\"a\"b\"", "\"\\\"", "\"\\x\"",
                                      "\"\\u12\"", "\"\n\"", "'a'", "\"a\" x"}) {
    CAPTURE(text);
    CHECK_FALSE(reads<std::string>(text));
    CHECK_FALSE(reads<json_value>(text));
  }
}

TEST_CASE("what the writer writes is read back") {
  CHECK(again<std::vector<int>>("[1,2,3]") == "[1,2,3]");
  CHECK(again<std::vector<bool>>("[true,false]") == "[true,false]");
  CHECK(again<std::vector<std::vector<std::string>>>(R"([["a"],[]])") == R"([["a"],[]])");
  CHECK(again<std::array<int, 2>>("[1,2]") == "[1,2]");
  CHECK(again<std::set<int>>("[2,1,2]") == "[1,2]");
  CHECK(again<std::map<std::string, int>>(R"({"b":2,"a":1})") == R"({"a":1,"b":2})");
  CHECK(again<std::unordered_map<std::string, bool>>(R"({"b":true})") == R"({"b":true})");
  CHECK(again<std::map<int, bool>>("[[1,true],[2,false]]") == "[[1,true],[2,false]]");
  CHECK(again<std::pair<int, std::string>>(R"([1,"a"])") == R"([1,"a"])");
  CHECK(again<std::tuple<>>("[]") == "[]");
  CHECK(again<std::tuple<bool, double, std::vector<int>>>("[true,2.5,[1]]") == "[true,2.5,[1]]");
  CHECK(again<std::optional<int>>("null") == "null");
  CHECK(again<std::optional<int>>("5") == "5");
  CHECK(again<std::vector<std::optional<int>>>("[null,5]") == "[null,5]");
  CHECK(again<raw_json>(R"({"a": 1})") == R"({"a": 1})");
}

TEST_CASE("the last value of a repeated name counts") {
  CHECK(from_json<std::map<std::string, int>>(R"({"a":1,"a":2})").at("a") == 2);
  CHECK(from_json<shop::order>(R"({"id":1,"item":"x","id":2})").id == 2);
}

TEST_CASE("a variant takes the first alternative that fits") {
  using any = std::variant<std::monostate, bool, int, double, std::string, std::vector<int>>;
  CHECK(from_json<any>("null").index() == 0);
  CHECK(from_json<any>("true").index() == 1);
  CHECK(from_json<any>("5").index() == 2);
  CHECK(from_json<any>("5.5").index() == 3);
  CHECK(from_json<any>("5000000000").index() == 3);
  CHECK(from_json<any>("\"s\"").index() == 4);
  CHECK(from_json<any>("[1]").index() == 5);
  CHECK_FALSE(reads<any>("[true]"));
  using either = std::variant<shop::order, int>;
  CHECK(std::get<shop::order>(from_json<either>(R"({"id":1,"item":"x"})")).item == "x");
}

TEST_CASE("a struct with json_fields is read, also inside containers") {
  const shop::order tea{7, "tea", 2.5};
  const shop::order cup{8, "cup", {}};
  CHECK(from_json<shop::order>(R"({"price":2.5,"item":"tea","more":[1,{}],"id":7})") == tea);
  CHECK(from_json<shop::order>(R"({"id":8,"item":"cup"})") == cup);
  CHECK(from_json<shop::order>(R"({"id":8,"item":"cup","price":null})") == cup);
  const shop::basket basket{{tea, cup}, {{"a", cup}}};
  CHECK(from_json<shop::basket>(json_args(basket)) == basket);
  const shop::branch tree{"a", {{"b", {{"c", {}}}}, {"d", {}}}};
  CHECK(from_json<shop::branch>(json_args(tree)) == tree);
}
