#include "actors/api/json_value.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/api/json_order.hpp"

namespace {

using namespace pushmesh;

json_value parse(std::string_view text) {
  return from_json<json_value>(text);
}

struct envelope {
  std::string type;
  json_value body;
};

template <class Fields>
void json_fields(Fields& f, envelope& e) {
  f("type", e.type);
  f("body", e.body);
}

}  // namespace

TEST_CASE("a value tells its kind") {
  const std::map<std::string, json_kind> table{
      {"null", json_kind::null},       {"true", json_kind::boolean}, {"1.5", json_kind::number},
      {"\"s\"", json_kind::string},    {"[]", json_kind::array},     {"{}", json_kind::object},
      {" false ", json_kind::boolean}, {"-7", json_kind::number},
  };
  for (const auto& row : table) {
    const auto& text = row.first;
    const auto& kind = row.second;
    CAPTURE(text);
    CHECK(parse(text).kind() == kind);
    CHECK(parse("[" + text + "]")[0].kind() == kind);
  }
  CHECK(json_value().is_null());
  CHECK(parse("[]").is_array());
  CHECK_FALSE(parse("[]").is_object());
}

TEST_CASE("members and elements are found") {
  const auto v = parse(R"({"user":{"name":"ann","tags":["a","b"]},"n":1,"n":2})");
  CHECK(v.size() == 3);
  CHECK(v["user"]["name"].get<std::string>() == "ann");
  CHECK(v["user"]["tags"].size() == 2);
  CHECK(v["user"]["tags"][1].get<std::string>() == "b");
  CHECK(v["n"].get<int>() == 2);
  CHECK(v.contains("n"));
  CHECK_FALSE(v.contains("m"));
  CHECK(v.find("n")->get<int>() == 2);
  CHECK_FALSE(v.find("m").has_value());
  CHECK_FALSE(v["n"].find("m").has_value());
  CHECK(v["n"].size() == 0);
}

TEST_CASE("a wrong step is an error that says so") {
  const auto v = parse(R"({"a":[1]})");
  CHECK_THROWS_WITH_AS(v["b"], R"(member "b" is missing)", json_error);
  CHECK_THROWS_WITH_AS(v["a"]["b"], "expected object, got array [1]", json_error);
  CHECK_THROWS_WITH_AS(v["a"][1], "element 1 is missing: the array has 1", json_error);
  CHECK_THROWS_WITH_AS(v[0], R"(expected array, got object {"a":[1]})", json_error);
  CHECK_THROWS_WITH_AS(v.elements(), R"(expected array, got object {"a":[1]})", json_error);
  CHECK_THROWS_WITH_AS(v["a"].members(), "expected object, got array [1]", json_error);
  CHECK_THROWS_WITH_AS(v["a"].get<std::vector<bool>>(), "[0]: expected boolean, got number 1",
                       json_error);
  CHECK_FALSE(v["a"].get_if<std::vector<bool>>().has_value());
  CHECK(v["a"].get_if<std::vector<int>>() == std::vector{1});
}

TEST_CASE("elements and members are iterated in the order of the text") {
  std::string seen;
  for (const json_value element : parse("[1,[2],null]").elements()) seen += element.raw() + ";";
  CHECK(seen == "1;[2];null;");
  seen.clear();
  for (const auto& [name, value] : parse(R"({"b":1,"a":{"c":[]}})").members()) {
    seen += std::string(name) + "=" + value.raw() + ";";
  }
  CHECK(seen == R"(b=1;a={"c":[]};)");
  for (const json_value element : parse("[]").elements()) FAIL(element.raw());
}

TEST_CASE("a part outlives the whole and the text it came from") {
  json_value part;
  json_value scalar;
  json_member null_member;
  {
    std::string text =
        R"({"list":["a rather long string, not inline"],"a name too long to be inline":null})";
    const auto whole = parse(text);
    part = whole["list"][0];
    for (const auto& member : whole.members()) null_member = member;
    std::string alone = "\"another rather long string\"";
    scalar = parse(alone);
    text.assign(text.size(), '#');
    alone.assign(alone.size(), '#');
  }
  CHECK(part.get<std::string>() == "a rather long string, not inline");
  CHECK(scalar.get<std::string>() == "another rather long string");
  CHECK(null_member.name == "a name too long to be inline");
  CHECK(null_member.value.is_null());
}

TEST_CASE("a value is written as it was read") {
  for (const std::string text :
       {"null", "true", "-9223372036854775808", "18446744073709551615", "0.1", "-0",
        "\"\\u0001\\n€\"", "[]", "{}", R"({"a":[1,{"b":null}],"":"x"})"}) {
    CAPTURE(text);
    CHECK(parse(text).raw() == text);
    CHECK(json_args(parse(text)) == text);
    CHECK(json_args(std::vector{parse(text)}) == "[" + text + "]");
  }
  CHECK(parse(" [ 1 , 2.0 ] ").raw() == "[1,2]");
  CHECK(json_value().raw() == "null");
}

TEST_CASE("a value can be a member of a struct and is read further later") {
  const auto e = from_json<envelope>(R"({"type":"order","body":{"id":7,"item":"tea"}})");
  CHECK(e.body.get<shop::order>() == shop::order{7, "tea", {}});
  CHECK(json_args(e) == R"({"type":"order","body":{"id":7,"item":"tea"}})");
  CHECK(from_json<std::map<std::string, json_value>>(R"({"a":[1]})").at("a")[0].get<int>() == 1);
  CHECK(from_json<std::vector<json_value>>("[null,1]")[0].is_null());
}

TEST_CASE("a value is read again through get as the same value") {
  const auto v = parse(R"([{"x":"a rather long string, not inline"}])");
  const auto copy = v[0].get<json_value>();
  CHECK(copy["x"].get<std::string>() == "a rather long string, not inline");
}
