#include "cluster/push/session_info.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace pushmesh::cluster::push;
using namespace std::chrono_literals;

namespace {

session_info ann() {
  session_info s;
  s.user = "ann \"a\"";
  s.device = "d1";
  s.tags = {"vip", "de"};
  s.offline = 3;
  s.expires = time_point(1'700'000'000'250ms);
  s.since = time_point(1'600'000'000'001ms);
  return s;
}

}  // namespace

TEST_CASE("a client is shown its session") {
  CHECK(granted_json(ann()) ==
        R"({"ok":true,"session":{"user":"ann \"a\"","device":"d1","platform":null,)"
        R"("tags":["vip","de"],"offline":3,"expires":"2023-11-14T22:13:20.250Z"}})");
  session_info plain;
  plain.user = "u";
  CHECK(to_client_json(plain) ==
        R"({"user":"u","device":null,"platform":null,"tags":[],"offline":0,"expires":null})");
}

TEST_CASE("a client is told why it is refused") {
  CHECK(refused_json({error_code::token_expired, "too \"late\""}) ==
        R"({"ok":false,"error":{"code":"token_expired","message":"too \"late\""}})");
  CHECK(to_string(error_code::not_found) == "not_found");
  CHECK(to_string(error_code::duplicate_session) == "duplicate_session");
  CHECK(to_string(error_code::unavailable) == "unavailable");
}

TEST_CASE("users and tags are rooms") {
  CHECK(rooms_of(ann()) == std::vector<std::string>{"user:ann \"a\"", "tag:vip", "tag:de"});
}

TEST_CASE("a session travels as text, and other text is none") {
  const auto back = from_snapshot(to_snapshot(ann()));
  REQUIRE(back);
  CHECK(back->user == "ann \"a\"");
  CHECK(back->device == "d1");
  CHECK(back->platform.empty());
  CHECK(back->tags == ann().tags);
  CHECK(back->expires == ann().expires);
  CHECK(back->since == ann().since);
  CHECK(back->offline == 0);
  for (const char* text : {"", "{}", "null", "5", R"({"user":"u"})", "application's own"})
    CHECK_FALSE(from_snapshot(text));
}
