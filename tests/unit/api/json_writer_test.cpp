#include "actors/api/json_writer.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/unit/api/json_order.hpp"

namespace {

using namespace pushmesh;

template <class T>
std::string json(const T& value) {
  std::string out;
  append_json(out, value);
  return out;
}

/// Only const objects: the hook must be usable on them without a copy.
struct uncopyable {
  int n = 4;
  uncopyable() = default;
  uncopyable(const uncopyable&) = delete;
};

template <class Fields>
void json_fields(Fields& f, uncopyable& u) {
  f("n", u.n);
}

}  // namespace

TEST_CASE("integers are written with all their digits") {
  CHECK(json(0) == "0");
  CHECK(json(std::int8_t{-128}) == "-128");
  CHECK(json(std::uint8_t{255}) == "255");
  CHECK(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(json(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(json(std::numeric_limits<unsigned long long>::max()) == "18446744073709551615");
  CHECK(json(9007199254740993) == "9007199254740993");
}

TEST_CASE("floating point numbers are written as the shortest text that reads back") {
  CHECK(json(0.1) == "0.1");
  CHECK(json(0.1f) == "0.1");
  CHECK(json(1.0 / 3) == "0.3333333333333333");
  CHECK(json(2.0) == "2");
  CHECK(json(-0.0) == "-0");
  CHECK(json(100000.0) == "100000");
  CHECK(json(9007199254740992.0) == "9007199254740992");
  CHECK(json(1e300) == "1e+300");
  CHECK(json(1e15f) == "1e+15");
  CHECK(json(5e-324) == "5e-324");
  CHECK(json(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
}

TEST_CASE("what JSON has no number for is null") {
  CHECK(json(std::numeric_limits<double>::quiet_NaN()) == "null");
  CHECK(json(std::numeric_limits<double>::infinity()) == "null");
  CHECK(json(-std::numeric_limits<float>::infinity()) == "null");
}

TEST_CASE("strings are quoted and their control characters escaped") {
  CHECK(json("abc") == "\"abc\"");
  CHECK(json(std::string("a\"b\\c\n")) == R"("a\"b\\c\n")");
  CHECK(json(std::string_view("\x1e\x01", 2)) == R"("\u001e\u0001")");
  CHECK(json(std::string_view("a\0b", 3)) == R"("a\u0000b")");
  CHECK(json("€ 😀") == "\"€ 😀\"");
  const char* pointer = "p";
  CHECK(json(pointer) == "\"p\"");
  pointer = nullptr;
  CHECK(json(pointer) == "null");
}

TEST_CASE("nothing is null") {
  CHECK(json(nullptr) == "null");
  CHECK(json(std::nullopt) == "null");
  CHECK(json(std::monostate{}) == "null");
  CHECK(json(std::optional<int>{}) == "null");
  CHECK(json(std::optional<int>{5}) == "5");
  CHECK(json(raw_json{}) == "null");
}

TEST_CASE("ranges become arrays") {
  const int c_array[] = {1, 2};
  CHECK(json(std::vector<int>{}) == "[]");
  CHECK(json(std::vector<int>{1, 2, 3}) == "[1,2,3]");
  CHECK(json(std::vector<bool>{true, false}) == "[true,false]");
  CHECK(json(std::array<double, 2>{1, 2.5}) == "[1,2.5]");
  CHECK(json(std::span<const int>(c_array)) == "[1,2]");
  CHECK(json(c_array) == "[1,2]");
  CHECK(json(std::set<std::string>{"b", "a"}) == R"(["a","b"])");
  CHECK(json(std::list<std::vector<int>>{{1}, {}, {2, 3}}) == "[[1],[],[2,3]]");
  CHECK(json(std::map<int, bool>{{1, true}, {2, false}}) == "[[1,true],[2,false]]");
}

TEST_CASE("maps with text as key become objects") {
  CHECK(json(std::map<std::string, int>{}) == "{}");
  CHECK(json(std::map<std::string, int>{{"a", 1}, {"b\"", 2}}) == R"({"a":1,"b\"":2})");
  CHECK(json(std::map<std::string_view, std::vector<int>>{{"a", {1}}}) == R"({"a":[1]})");
  CHECK(json(std::unordered_map<std::string, std::nullptr_t>{{"x", nullptr}}) == R"({"x":null})");
}

TEST_CASE("tuples become arrays and variants what they hold") {
  CHECK(json(std::pair(1, "a")) == R"([1,"a"])");
  CHECK(json(std::tuple(true, 2.5, std::string("s"))) == R"([true,2.5,"s"])");
  CHECK(json(std::tuple<>()) == "[]");
  using any = std::variant<std::monostate, int, std::string>;
  CHECK(json(std::vector<any>{any(), any(1), any("s")}) == R"([null,1,"s"])");
}

TEST_CASE("raw JSON is inserted as it is") {
  CHECK(json(raw_json{R"({"a": [1]})"}) == R"({"a": [1]})");
  CHECK(json(std::vector<raw_json>{{"1"}, {"{}"}}) == "[1,{}]");
}

TEST_CASE("a struct with json_fields becomes an object, also inside containers") {
  const shop::order tea{7, "tea", 2.5};
  const shop::order cup{8, "cup", {}};
  const std::string tea_json = R"({"id":7,"item":"tea","price":2.5})";
  const std::string cup_json = R"({"id":8,"item":"cup","price":null})";
  CHECK(json(tea) == tea_json);
  CHECK(json(std::vector{tea, cup}) == "[" + tea_json + "," + cup_json + "]");
  CHECK(json(std::optional(tea)) == tea_json);
  CHECK(json(shop::basket{{cup}, {{"x", tea}}}) ==
        R"({"items":[)" + cup_json + R"(],"gifts":{"x":)" + tea_json + "}}");
  CHECK(json(shop::branch{"a", {{"b", {}}}}) ==
        R"({"name":"a","children":[{"name":"b","children":[]}]})");
  const uncopyable object;
  CHECK(json(object) == R"({"n":4})");
}

TEST_CASE("appending keeps what is there") {
  std::string out = "2[";
  append_json(out, 1);
  CHECK(out == "2[1");
}

TEST_CASE("json_args joins its arguments with commas and no brackets") {
  CHECK(json_args() == "");
  CHECK(json_args(1, "a") == R"(1,"a")");
  CHECK(json_args(nullptr) == "null");
  CHECK(json_args(shop::order{1, "x", {}}, std::vector<int>{}) ==
        R"({"id":1,"item":"x","price":null},[])");
}

TEST_CASE("raw_args stands for any number of arguments") {
  CHECK(json_args(raw_args{}) == "");
  CHECK(json_args(raw_args{R"(1,"a")"}) == R"(1,"a")");
  CHECK(json_args("x", raw_args{}, 2) == R"("x",2)");
  CHECK(json_args(raw_args{}, "x", raw_args{"1,2"}, raw_args{}) == R"("x",1,2)");
}
