#include "net/protocol/engineio_request.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace pushmesh::net;

TEST_CASE("a request target is split at its first question mark") {
  using parts = std::pair<std::string_view, std::string_view>;
  CHECK((split_target("/socket.io/?EIO=4&t=a?b") == parts{"/socket.io/", "EIO=4&t=a?b"}));
  CHECK((split_target("/socket.io/") == parts{"/socket.io/", ""}));
  CHECK((split_target("/socket.io/?") == parts{"/socket.io/", ""}));
  CHECK((split_target("?x") == parts{"", "x"}));
  CHECK((split_target("") == parts{"", ""}));
}

TEST_CASE("query parameters are decoded in order") {
  struct row {
    std::string_view query;
    std::vector<std::pair<std::string, std::string>> expected;
  };
  const row rows[] = {
      {"", {}},
      {"&&", {}},
      {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
      {"a=1&a=2", {{"a", "1"}, {"a", "2"}}},
      {"a", {{"a", ""}}},
      {"a=", {{"a", ""}}},
      {"=a", {{"", "a"}}},
      {"=", {{"", ""}}},
      {"&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
      {"a=b=c", {{"a", "b=c"}}},
      {"a+b=c+d", {{"a b", "c d"}}},
      {"%61=%2B%20%e2%82%AC", {{"a", "+ \u20AC"}}},
      {"a=100%", {{"a", "100%"}}},
      {"a=%4", {{"a", "%4"}}},
      {"a=%zz%4g%%41", {{"a", "%zz%4g%A"}}},
      {"a=%00", {{"a", "\0"s}}},
      {"a=%26b%3D1", {{"a", "&b=1"}}},
  };
  for (const row& r : rows) {
    CAPTURE(r.query);
    const auto all = parse_query(r.query);
    REQUIRE(all.size() == r.expected.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CHECK(all[i].name == r.expected[i].first);
      CHECK(all[i].value == r.expected[i].second);
    }
  }
}

TEST_CASE("Engine.IO requests are checked") {
  struct row {
    std::string_view query;
    int version;
    transport_kind transport;
    std::string_view sid;
  };
  const row rows[] = {
      {"EIO=4&transport=websocket", 4, transport_kind::websocket, ""},
      {"EIO=4&transport=polling&t=abc", 4, transport_kind::polling, ""},
      {"transport=websocket&EIO=3", 3, transport_kind::websocket, ""},
      {"EIO=4&transport=polling&sid=lv_VI97", 4, transport_kind::polling, "lv_VI97"},
      {"transport=polling&sid=lv_VI97", 4, transport_kind::polling, "lv_VI97"},
      {"EIO=9&transport=polling&sid=lv_VI97", 4, transport_kind::polling, "lv_VI97"},
      {"EIO=3&transport=polling&sid=x", 3, transport_kind::polling, "x"},
      {"EIO=4&transport=polling&sid=", 4, transport_kind::polling, ""},
      {"EIO=4&transport=polling&sid=a&sid=b", 4, transport_kind::polling, "a"},
      {"EIO=%34&transport=web%73ocket", 4, transport_kind::websocket, ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.query);
    const auto request = parse_engineio_request(r.query);
    REQUIRE(request);
    CHECK(request->version == r.version);
    CHECK((request->transport == r.transport));
    CHECK(request->sid == r.sid);
  }
}

TEST_CASE("bad Engine.IO requests are refused") {
  struct row {
    std::string_view query;
    errc error;
  };
  const row rows[] = {
      {"", errc::transport_unknown},
      {"EIO=4", errc::transport_unknown},
      {"EIO=4&transport=", errc::transport_unknown},
      {"EIO=4&transport", errc::transport_unknown},
      {"EIO=4&transport=tesla", errc::transport_unknown},
      {"EIO=4&transport=WebSocket", errc::transport_unknown},
      {"EIO=4&Transport=websocket", errc::transport_unknown},
      {"EIO=4&transport=constructor", errc::transport_unknown},
      {"EIO=4&transport=polling&transport=websocket", errc::transport_unknown},
      {"EIO=4&transport=polling&transport=polling&transport=polling", errc::transport_unknown},
      {"EIO=9", errc::transport_unknown},
      {"EIO=4&sid=abc", errc::transport_unknown},
      {"transport=polling", errc::unsupported_version},
      {"transport=polling&EIO=", errc::unsupported_version},
      {"transport=polling&EIO=abc", errc::unsupported_version},
      {"transport=websocket&EIO=2", errc::unsupported_version},
      {"transport=websocket&EIO=5", errc::unsupported_version},
      {"transport=websocket&EIO=44", errc::unsupported_version},
      {"transport=websocket&EIO=04", errc::unsupported_version},
      {"transport=websocket&EIO=4&EIO=3", errc::unsupported_version},
      {"transport=websocket&EIO=2&sid=", errc::unsupported_version},
  };
  for (const row& r : rows) {
    CAPTURE(r.query);
    const auto request = parse_engineio_request(r.query);
    REQUIRE_FALSE(request);
    CHECK(request.error() == r.error);
  }
}

TEST_CASE("refusals are worded as the official server words them") {
  struct row {
    errc error;
    int status;
    std::string_view body;
  };
  const row rows[] = {
      {errc::transport_unknown, 400, R"({"code":0,"message":"Transport unknown"})"},
      {errc::session_unknown, 400, R"({"code":1,"message":"Session ID unknown"})"},
      {errc::bad_handshake_method, 400, R"({"code":2,"message":"Bad handshake method"})"},
      {errc::bad_request, 400, R"({"code":3,"message":"Bad request"})"},
      {errc::forbidden, 403, R"({"code":4,"message":"Forbidden"})"},
      {errc::unsupported_version, 400, R"({"code":5,"message":"Unsupported protocol version"})"},
      {errc::too_many_connections, 429,
       R"({"code":4,"message":"Too many connections from this address"})"},
      {errc::connects_too_often, 429,
       R"({"code":4,"message":"Too many new connections from this address"})"},
      {errc::bad_json, 400, R"({"code":3,"message":"Bad request"})"},
  };
  for (const row& r : rows) {
    CAPTURE(r.body);
    const auto refusal = refusal_of(r.error);
    CHECK(refusal.status == r.status);
    CHECK(refusal.body == r.body);
  }
}
