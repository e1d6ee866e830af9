#include "net/protocol/placeholders.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace pushmesh::net;

/// `offset+size=index` of each, "-" for no usable index.
std::string found(std::string_view json) {
  std::string out;
  for (const auto& p : find_placeholders(json)) {
    if (!out.empty()) out += ' ';
    out += std::to_string(p.offset) + '+' + std::to_string(p.size) + '=';
    out += p.index ? std::to_string(*p.index) : "-";
  }
  return out;
}

}  // namespace

TEST_CASE("placeholders are found where they stand") {
  CHECK(found("") == "");
  CHECK(found("1,{},[]") == "");
  CHECK(found(R"({"_placeholder":true,"num":0})") == "0+29=0");
  CHECK(found(R"(1,[{"_placeholder":true,"num":12}])") == "3+30=12");
  CHECK(found(R"({"num":1,"_placeholder" : true }, {"a":{"_placeholder":true,"num":2}})") ==
        "0+32=1 39+29=2");
  CHECK(found(R"({"\u005fplaceholder":true,"n\u0075m":3})") == "0+39=3");
}

TEST_CASE("only a member that is true makes a placeholder") {
  CHECK(found(R"({"_placeholder":false,"num":0})") == "");
  CHECK(found(R"({"_placeholder":1,"num":0})") == "");
  CHECK(found(R"({"_placeholder":"true","num":0})") == "");
  CHECK(found(R"(["_placeholder",true,"num",0])") == "");
  CHECK(found(R"({"x":"_placeholder","num":0})") == "");
  CHECK(found(R"("{\"_placeholder\":true,\"num\":0}")") == "");
  CHECK(found(R"({"_placeholder":[true],"num":0})") == "");
  CHECK(found(R"({"_placeholderx":true,"_placeholde":true,"num":0})") == "");
}

TEST_CASE("the last of several members counts") {
  CHECK(found(R"({"_placeholder":true,"_placeholder":false,"num":0})") == "");
  CHECK(found(R"({"_placeholder":false,"_placeholder":true,"num":0,"num":1})") == "0+58=1");
}

TEST_CASE("an index that is no whole number is none") {
  const auto with = [](std::string num) { return R"({"_placeholder":true,"num":)" + num + "}"; };
  for (const auto* bad : {"-1", "0.5", "\"0\"", "null", "true", "[0]", "{}", "1e99", "4294967295",
                          "99999999999999999999"})
    CHECK_MESSAGE(!find_placeholders(with(bad)).at(0).index, bad);
  for (const auto* zero : {"0", "-0", "0.0", "0e5"})
    CHECK_MESSAGE(find_placeholders(with(zero)).at(0).index == 0, zero);
  CHECK(find_placeholders(with("1e1")).at(0).index == 10);
  CHECK(find_placeholders(R"({"_placeholder":true})").at(0).index == std::nullopt);
}

TEST_CASE("what stands inside a placeholder is not looked at") {
  CHECK(found(R"({"_placeholder":true,"num":0,"x":[{"_placeholder":true,"num":7}]})") == "0+65=0");
}

TEST_CASE("text that is not JSON, or very deep, is survived") {
  for (const auto* text :
       {"]", "}}", "{", "[\"", "{\"_placeholder", "{\"_placeholder\"",
        "{\"_placeholder\":", "{\"_placeholder\":true", "{\"_placeholder\":true,\"num\":", "\"\\",
        "{\"\\u005", ",,,", "{\"_placeholder\":true]"})
    find_placeholders(text);
  find_placeholders(std::string(200'000, '[') + R"({"_placeholder":true,"num":0})");
}

TEST_CASE("a placeholder is written as clients write it") {
  std::string out = "x";
  append_placeholder(out, 12);
  CHECK(out == R"(x{"_placeholder":true,"num":12})");
}
