#include "net/auth/jwt_token.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/auth/made_token.hpp"

using namespace pushmesh::net;
using made_token::base64url;

namespace {

std::string with_header(std::string_view header) {
  return base64url(header) + "." + base64url("{}") + "." + base64url("x");
}

auto claims_of(std::string_view json) {
  return parse_jwt_claims(base64url(json));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a token is taken apart") {
  const auto text =
      with_header(R"({"typ":"JWT","kid":"k","x5c":["alg"],"alg":"ES256","jwk":{"alg":"none"}})");
  const auto token = parse_jwt(text);
  REQUIRE(token);
  CHECK(token->algorithm == jwt_algorithm::es256);
  CHECK(token->signed_part == text.substr(0, text.rfind('.')));
  CHECK(token->claims == base64url("{}"));
  CHECK(token->signature == "x");
}

TEST_CASE("a text that is no token of ours is refused") {
  const auto body = "." + base64url("{}") + "." + base64url("x");
  const std::vector<std::string> cases{
      "",
      ".",
      "..",
      "...",
      "a.b",
      "a.b.c.d",
      body,
      "eyJhbGciOiJIUzI1NiJ9",
      "bm8" + body,
      with_header(R"({"alg":"HS256"})") + "=",     // padding
      with_header(R"({"alg":"HS256"})") + ".e30",  // four parts
      with_header(R"({"alg":"HS256"})") + "\n",    // white space
      with_header(R"({"alg":"none"})"),            // unsigned, in all its spellings
      with_header(R"({"alg":"None"})"),
      with_header(R"({"alg":"NONE"})"),
      with_header(R"({"alg":""})"),
      with_header(R"({"alg":"hs256"})"),
      with_header(R"({"alg":"HS512"})"),
      with_header(R"({"alg":"PS256"})"),
      with_header(R"({"alg":"HS256\u0000"})"),
      with_header("{}"),
      with_header("[]"),
      with_header("null"),
      with_header("\"HS256\""),
      with_header(R"({"alg":256})"),
      with_header(R"({"alg":["HS256"]})"),
      with_header(R"({"alg":"HS256","alg":"HS256"})"),  // twice, also when written with an escape
      with_header(R"({"alg":"HS256","\u0061lg":"none"})"),
      with_header(R"({"alg":"HS256","crit":["exp"]})"),  // extensions we would have to know
      with_header(R"({"alg":"HS256","b64":false})"),
      with_header(R"({"alg":"HS256"} x)"),
      with_header(R"({"alg":"HS256")"),
      with_header(std::string(R"({"alg":"HS256"})") + '\0'),
      with_header("{\"alg\":\"HS256\",\"x\":\"\xff\"}"),
      with_header(std::string(R"({"alg":"HS256","x":)") + repeated("[", 200) + repeated("]", 200) +
                  "}"),
      with_header(R"({"alg":"HS256","x":")" + std::string(max_jwt_length, 'x') + "\"}")};
  for (const auto& text : cases) {
    CAPTURE(text);
    const auto token = parse_jwt(text);
    REQUIRE_FALSE(token);
    CHECK(token.error().code == jwt_errc::invalid);
  }
}

TEST_CASE("claims are read, unknown ones may be anything") {
  const auto claims = claims_of(
      R"({"sub":"u1","iss":"shop","exp":2000.5,"nbf":1e3,"aud":["a","b"],"tags":["x","y"],"sub2":7,)"
      R"("roles":[1,{"sub":"other"},["deep"]],"address":{"sub":"other","tags":["no"]},"iat":"yesterday"})");
  REQUIRE(claims);
  CHECK(claims->subject == "u1");
  CHECK(claims->issuer == "shop");
  CHECK(claims->expires == 2000.5);
  CHECK(claims->not_before == 1000);
  CHECK(claims->audience == std::vector<std::string>{"a", "b"});
  CHECK(claims->tags == std::vector<std::string>{"x", "y"});
  CHECK(claims_of(R"( {"aud":"one"} )")->audience == std::vector<std::string>{"one"});
  CHECK(claims_of(R"({"aud":[]})")->has_audience);
  CHECK_FALSE(claims_of("{}")->has_audience);
}

TEST_CASE("claims of ours that are not what they should be are refused") {
  const std::vector<std::string> cases{
      "",
      "null",
      "[]",
      "\"sub\"",
      "{",
      "{}}",
      R"({"sub":"a"}{"sub":"b"})",
      R"({"sub":5})",
      R"({"sub":null})",
      R"({"sub":""})",
      R"({"sub":["u1"]})",
      R"({"sub":{"id":"u1"}})",
      R"({"sub":"a","sub":"b"})",
      R"({"sub":"a","s\u0075b":"b"})",
      R"({"sub":"\ud800"})",
      R"({"exp":1,"exp":2})",
      R"({"exp":"2000"})",
      R"({"exp":null})",
      R"({"exp":true})",
      R"({"exp":[2000]})",
      R"({"exp":1e999})",
      R"({"exp":1e99999999999999999999})",
      R"({"exp":NaN})",
      R"({"exp":0x10})",
      R"({"exp":01})",
      R"({"nbf":"now"})",
      R"({"iss":7})",
      R"({"aud":7})",
      R"({"aud":[7]})",
      R"({"aud":{"a":"b"}})",
      R"({"aud":[["a"]]})",
      R"({"tags":"vip"})",
      R"({"tags":[1]})",
      R"({"tags":[""]})",
      R"({"tags":[["vip"]]})",
      R"({"tags":null})",
      R"({"tags":{"0":"vip"}})",
      R"({"tags":["a"],"tags":["b"]})",
      R"({"sub":")" + std::string(max_user_length + 1, 'x') + "\"}",
      R"({"tags":[")" + std::string(max_tag_length + 1, 'x') + "\"]}",
      R"({"tags":["")" + repeated(R"(,"t")", max_tags + 1) + "]}",
      R"({"x":)" + repeated("[", 200'000) + repeated("]", 200'000) + "}",
      R"({"x":)" + repeated(R"({"x":)", 200'000),
      std::string(R"({"sub":"u1"})") + '\0' + "{}",
      "{\"sub\":\"\xc3\x28\"}"};
  for (const auto& json : cases) {
    CAPTURE(json.substr(0, 80));
    CHECK_FALSE(claims_of(json));
  }
  CHECK_FALSE(parse_jwt_claims("e30="));
  CHECK_FALSE(parse_jwt_claims("e30.e30"));
}

TEST_CASE("a token has room for what is allowed") {
  const auto user = std::string(max_user_length, 'u');
  CHECK(claims_of(R"({"sub":")" + user + "\"}")->subject == user);
  CHECK(claims_of(R"({"tags":["a")" + repeated(R"(,"t")", max_tags - 1) + "]}")->tags.size() ==
        max_tags);
  CHECK(claims_of(R"({"x":)" + repeated("[", 15) + repeated("]", 15) + "}"));
  CHECK_FALSE(claims_of(R"({"x":)" + repeated("[", 16) + repeated("]", 16) + "}"));
}
