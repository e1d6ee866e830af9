#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/api/json_value.hpp"
#include "tests/unit/api/json_order.hpp"

namespace {

using namespace pushmesh;

template <class T>
std::string error(std::string_view text) {
  CHECK_FALSE(try_from_json<T>(text).has_value());
  try {
    from_json<T>(text);
  } catch (const json_error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("an error says what was expected and what came") {
  CHECK(error<int>("\"abc\"") == R"(expected integer, got string "abc")");
  CHECK(error<int>("1.5") == "expected integer, got number 1.5");
  CHECK(error<int>("null") == "expected integer, got null");
  CHECK(error<int>("[1,2]") == "expected integer, got array [1,2]");
  CHECK(error<int>(R"({"a": 1})") == R"(expected integer, got object {"a":1})");
  CHECK(error<double>("true") == "expected number, got boolean true");
  CHECK(error<bool>("0") == "expected boolean, got number 0");
  CHECK(error<std::string>("5") == "expected string, got number 5");
  CHECK(error<std::nullptr_t>("false") == "expected null, got boolean false");
  CHECK(error<std::vector<int>>("{}") == "expected array, got object {}");
  CHECK(error<std::map<std::string, int>>("[]") == "expected object, got array []");
  CHECK(error<shop::order>("7") == "expected object, got number 7");
  CHECK(error<std::variant<int, bool>>("\"x\"") == R"(expected one of 2 types, got string "x")");
}

TEST_CASE("a value in an error is cut to 40 bytes at the end of a character") {
  CHECK(error<int>("\"" + std::string(38, 'x') + "\"") ==
        "expected integer, got string \"" + std::string(38, 'x') + "\"");
  CHECK(error<int>("\"" + std::string(39, 'x') + "\"") ==
        "expected integer, got string \"" + std::string(36, 'x') + "...");
  CHECK(error<int>("\"" + std::string(35, 'x') + "€€€€\"") ==
        "expected integer, got string \"" + std::string(35, 'x') + "...");
  std::string many = "[0";
  for (int i = 0; i < 100'000; ++i) many += ",0";
  CHECK(error<int>(many + "]") ==
        "expected integer, got array [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,...");
}

TEST_CASE("a number out of range names the width") {
  CHECK(error<std::int8_t>("300") == "300 does not fit in 8 bits");
  CHECK(error<std::uint8_t>("300") == "300 does not fit in 8 bits");
  CHECK(error<std::uint16_t>("-1") == "-1 does not fit in 16 bits without a sign");
  CHECK(error<int>("1e10") == "10000000000 does not fit in 32 bits");
  CHECK(error<std::int64_t>("9223372036854775808") ==
        "9223372036854775808 does not fit in 64 bits");
  CHECK(error<float>("1e300") == "1e+300 does not fit in a float");
}

TEST_CASE("a missing member is named") {
  CHECK(error<shop::order>(R"({"id":1})") == R"(member "item" is missing)");
  CHECK(error<shop::order>("{}") == R"(member "id" is missing)");
  CHECK(error<shop::basket>(R"({"items":[{"id":1}],"gifts":{}})") ==
        R"(items[0]: member "item" is missing)");
}

TEST_CASE("fixed lengths must match") {
  CHECK(error<std::pair<int, int>>("[1]") == "expected array of 2 elements, got 1");
  CHECK(error<std::tuple<int>>("[1,2]") == "expected array of 1 element, got 2");
  CHECK(error<std::array<int, 3>>("[1,2]") == "expected array of 3 elements, got 2");
}

TEST_CASE("an error inside another value says where") {
  CHECK(error<std::vector<int>>("[1,null]") == "[1]: expected integer, got null");
  CHECK(error<std::pair<int, std::string>>("[1,2]") == "[1]: expected string, got number 2");
  CHECK(error<std::array<int, 1>>("[{}]") == "[0]: expected integer, got object {}");
  CHECK(
      error<shop::basket>(
          R"({"items":[{"id":1,"item":"a"},{"id":1,"item":"b"},{"id":1,"item":"c","price":"?"}]})") ==
      R"(items[2].price: expected number, got string "?")");
  CHECK(error<shop::basket>(R"({"items":[],"gifts":{"x":{"id":1,"item":2}}})") ==
        "gifts.x.item: expected string, got number 2");
  CHECK(error<std::vector<std::map<std::string, std::vector<int>>>>(R"([{"a":[1,true]}])") ==
        "[0].a[1]: expected integer, got boolean true");
}

TEST_CASE("names a client made up cannot forge lines of a log") {
  using numbers = std::map<std::string, int>;
  CHECK(error<numbers>(R"({"a b\n":null})") == R"(["a b\n"]: expected integer, got null)");
  CHECK(error<numbers>(R"({"":null})") == R"([""]: expected integer, got null)");
  CHECK(error<numbers>("{\"" + std::string(100, 'k') + "\":null}") ==
        "[\"" + std::string(36, 'k') + "...]: expected integer, got null");
}

TEST_CASE("bytes that are no JSON give an error with their place") {
  CHECK(error<int>("") == "unusable JSON at byte 0: there is no value");
  CHECK(error<int>("x") == "unusable JSON at byte 0: unknown value");
  CHECK(error<std::string>("\"x") == "unusable JSON at byte 0: bad string");
  CHECK(error<double>("1e999") == "unusable JSON at byte 0: a number is too large for a double");
  CHECK(error<std::vector<double>>("[1e999]") ==
        "unusable JSON at byte 1: a number is too large for a double");
  CHECK(error<std::vector<int>>("[1") ==
        "unusable JSON at byte 2: Missing a comma or ']' after an array element.");
  CHECK(error<std::vector<int>>("[1] 2") ==
        "unusable JSON at byte 4: The document root must not be followed by other values.");
  CHECK(error<std::vector<int>>(std::string_view("[1]\0]", 5)) ==
        "unusable JSON at byte 3: a NUL byte");
}

TEST_CASE("nesting is limited, whatever is asked for") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(from_json<json_value>(nested(512)).size() == 1);
  CHECK(error<json_value>(nested(513)) == "nested deeper than 512 levels");
  CHECK(error<json_value>(nested(100'000)) == "nested deeper than 512 levels");
  CHECK(error<json_value>(std::string(100'000, '[')) == "nested deeper than 512 levels");
  CHECK(error<int>(nested(100'000)) == "nested deeper than 512 levels");
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(error<shop::branch>(objects) == "nested deeper than 512 levels");
}

TEST_CASE("the deepest value that is allowed can be read into a type, written and dropped") {
  std::string text;
  for (int i = 0; i < 256; ++i) text += R"({"name":"","children":[)";
  for (int i = 0; i < 256; ++i) text += "]}";
  CHECK(json_args(from_json<shop::branch>(text)) == text);
  CHECK(from_json<json_value>(text).raw() == text);
}
