#include "net/redis/redis_url.hpp"

#include <doctest/doctest.h>

using namespace pushmesh::net::redis;

TEST_CASE("a URL names host, port, login and database") {
  const auto url = parse_redis_url("redis://emitter:s%3Acret@redis.example:7000/3");
  REQUIRE(url);
  CHECK(url->host == "redis.example");
  CHECK(url->port == 7000);
  CHECK(url->user == "emitter");
  CHECK(url->password == "s:cret");
  CHECK(url->database == 3);
  CHECK_FALSE(url->tls);
  CHECK(url->label() == "redis.example:7000");
}

TEST_CASE("what a URL leaves out has Redis' defaults") {
  const auto url = parse_redis_url("redis://127.0.0.1");
  REQUIRE(url);
  CHECK(url->port == 6379);
  CHECK(url->user.empty());
  CHECK(url->password.empty());
  CHECK(url->database == 0);
  CHECK(parse_redis_url("redis://h/")->database == 0);
  CHECK(parse_redis_url("redis://h?db=5")->database == 5);
  CHECK(parse_redis_url("redis://:pw@h")->password == "pw");
  CHECK(parse_redis_url("redis://h:0006380")->port == 6380);
}

TEST_CASE("addresses in brackets, TLS and unix sockets are understood") {
  const auto v6 = parse_redis_url("rediss://[::1]:6380");
  REQUIRE(v6);
  CHECK(v6->host == "::1");
  CHECK(v6->tls);
  CHECK(v6->label() == "[::1]:6380");
  const auto unix = parse_redis_url("unix://u:p@/run/re%20dis/redis.sock?db=2");
  REQUIRE(unix);
  CHECK(unix->socket == "/run/re dis/redis.sock");
  CHECK(unix->host.empty());
  CHECK(unix->user == "u");
  CHECK(unix->database == 2);
  CHECK(unix->label() == "/run/re dis/redis.sock");
}

TEST_CASE("a password may hold slashes, colons and an encoded @") {
  const auto url = parse_redis_url("redis://:a/b:c%40d@h:1/7");
  REQUIRE(url);
  CHECK(url->password == "a/b:c@d");
  CHECK(url->database == 7);
}

TEST_CASE("bad URLs are refused with a sentence") {
  const auto why = [](std::string_view text) {
    const auto url = parse_redis_url(text);
    return url ? std::string("accepted") : url.error();
  };
  const struct {
    std::string text;
    std::string_view sentence;
  } table[] = {
      {"", "it must begin with"},
      {"localhost:6379", "it must begin with"},
      {"http://localhost", "it must begin with"},
      {"redis:/localhost", "it must begin with"},
      {"REDIS://localhost", "it must begin with"},
      {"redis://", "the host is missing"},
      {"redis://:6379", "the host is missing"},
      {"redis:///0", "the host is missing"},
      {"redis://user:pw@", "the host is missing"},
      {"redis://user@h", "a login is"},
      {"redis://user:@h", "there is a user but no password"},
      {"redis://us%zz:pw@h", "the percent-encoding of user"},
      {"redis://:pw%2@h", "the percent-encoding of user"},
      {"redis://:pw%00@h", "the percent-encoding of user"},
      {"redis://h:", "the port must be"},
      {"redis://h:0", "the port must be"},
      {"redis://h:65536", "the port must be"},
      {"redis://h:-1", "the port must be"},
      {"redis://h:6379x", "the port must be"},
      {"redis://h:1:2", "the port must be"},
      {"redis://a,b", "the host is no name"},
      {"redis://" + std::string(254, 'a'), "the host is no name"},
      {"redis://[::1", "the IPv6 address has no closing bracket"},
      {"redis://[localhost]", "between the brackets"},
      {"redis://[]", "between the brackets"},
      {"redis://[::1]x", "behind the bracket"},
      {"redis://h/x", "the database must be"},
      {"redis://h/-1", "the database must be"},
      {"redis://h/0/1", "the database must be"},
      {"redis://h/99999999999999999999", "the database must be"},
      {"redis://h?", "the only parameter"},
      {"redis://h?timeout=5", "the only parameter"},
      {"redis://h?db=", "the database must be"},
      {"redis://h?db=1&db=2", "the database must be"},
      {"redis://h#x", "\"#\" has no meaning"},
      {"redis://h h", "it holds a character"},
      {"redis://h\n", "it holds a character"},
      {"redis://h\xC3\xBC", "it holds a character"},
      {std::string("redis://h\0", 10), "it holds a character"},
      {"redis://" + std::string(2048, 'a'), "it is longer than"},
      {"unix://", "the path of a unix socket begins"},
      {"unix:///", "the path of a unix socket begins"},
      {"unix://redis.sock", "the path of a unix socket begins"},
      {"unix:///a%0", "the percent-encoding of the path"},
      {"unix:///" + std::string(107, 'a'), "the path of a unix socket is too long"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    CHECK(why(row.text).substr(0, row.sentence.size()) == row.sentence);
  }
}

TEST_CASE("no sentence shows the password") {
  for (const auto* text : {"redis://:hunter2@h:x", "redis://u:hunter2@", "redis://:hunter2%@h",
                           "http://:hunter2@h", "redis://:hunter2@h/x", "redis://:hunter2@h?x"}) {
    const auto url = parse_redis_url(text);
    REQUIRE_FALSE(url);
    CHECK(url.error().find("hunter2") == std::string::npos);
  }
}
