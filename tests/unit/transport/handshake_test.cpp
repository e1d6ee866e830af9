#include "net/transport/handshake.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using pushmesh::net::handshake;

TEST_CASE("a handshake gives back what it was made of") {
  const handshake h({.target = "/socket.io/?EIO=4",
                     .address = "10.1.2.3",
                     .headers = {{"host", "example.org"}, {"x-empty", ""}, {"cookie", "a=b; c=d"}},
                     .issued_ms = 1'700'000'000'123,
                     .secure = true});
  CHECK(h.target() == "/socket.io/?EIO=4");
  CHECK(h.address() == "10.1.2.3");
  CHECK(h.issued_ms() == 1'700'000'000'123);
  CHECK(h.secure());
  CHECK(h.header("cookie") == "a=b; c=d");
  CHECK(h.header("x-empty").empty());
  CHECK(h.header("absent").empty());
  const auto all = h.headers();
  REQUIRE(all.size() == 3);
  CHECK(all[0] == std::pair<std::string_view, std::string_view>{"host", "example.org"});
  CHECK(all[1].first == "x-empty");
  CHECK(all[2].second == "a=b; c=d");
}

TEST_CASE("a default handshake is empty") {
  const handshake h;
  CHECK(h.target().empty());
  CHECK(h.address().empty());
  CHECK(h.headers().empty());
  CHECK(h.header("host").empty());
}

TEST_CASE("a moved handshake takes its text along") {
  handshake a({.target = "/t", .address = "::1", .headers = {{"host", "h"}}});
  const handshake b = std::move(a);
  CHECK(b.target() == "/t");
  CHECK(b.address() == "::1");
  CHECK(b.header("host") == "h");
}

TEST_CASE("oversized values are cut, not mixed up") {
  const std::string huge(70'000, 'v');
  const handshake h({.target = huge, .address = "a", .headers = {{"one", huge}, {"two", "2"}}});
  CHECK(h.target().size() == 65'535);
  CHECK(h.address() == "a");
  CHECK(h.header("one").size() == 65'535);
  CHECK(h.header("two") == "2");
}
