#include "net/protocol/engineio_packet.hpp"

#include <doctest/doctest.h>

#include <array>
#include <optional>
#include <string_view>

using namespace std::literals;
using namespace pushmesh::net;

TEST_CASE("Engine.IO packets are a type character and data") {
  struct row {
    std::string_view text;
    engineio_type type;
    std::string_view data;
  };
  const row rows[] = {
      {"0{}", engineio_type::open, "{}"},
      {"1", engineio_type::close, ""},
      {"2", engineio_type::ping, ""},
      {"2probe", engineio_type::ping, "probe"},
      {"3", engineio_type::pong, ""},
      {"40", engineio_type::message, "0"},
      {"42[\"a\"]", engineio_type::message, "2[\"a\"]"},
      {"4", engineio_type::message, ""},
      {"5", engineio_type::upgrade, ""},
      {"6", engineio_type::noop, ""},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto p = parse_engineio_packet(r.text);
    REQUIRE(p);
    CHECK((p->type == r.type));
    CHECK(p->data == r.data);
  }
}

TEST_CASE("bad Engine.IO packets are refused") {
  struct row {
    std::string_view text;
    errc error;
  };
  const row rows[] = {
      {"", errc::empty_packet},
      {"7", errc::unknown_engine_packet},
      {"9abc", errc::unknown_engine_packet},
      {"/", errc::unknown_engine_packet},
      {":", errc::unknown_engine_packet},
      {" 2", errc::unknown_engine_packet},
      {"abc", errc::unknown_engine_packet},
      {"bAQID", errc::unknown_engine_packet},
      {"\0"sv, errc::unknown_engine_packet},
      {"\x04", errc::unknown_engine_packet},
      {"\xFF", errc::unknown_engine_packet},
  };
  for (const row& r : rows) {
    CAPTURE(r.text);
    const auto p = parse_engineio_packet(r.text);
    REQUIRE_FALSE(p);
    CHECK(p.error() == r.error);
  }
}

TEST_CASE("the open packet is written as the official server writes it") {
  const std::array<std::string_view, 1> upgrades{"websocket"};
  CHECK(encode_open_packet({"lv_VI97HAXpY6yYWAAAB", upgrades, 25000ms, 20000ms, 1000000}) ==
        R"(0{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":["websocket"],"pingInterval":25000,)"
        R"("pingTimeout":20000,"maxPayload":1000000})");
  CHECK(encode_open_packet({"s", {}, 300ms, 200ms, 5}) ==
        R"(0{"sid":"s","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":5})");
  const std::array<std::string_view, 2> two{"websocket", "webtransport"};
  CHECK(encode_open_packet({"s", two, 1ms, 2ms, 3}) ==
        R"(0{"sid":"s","upgrades":["websocket","webtransport"],"pingInterval":1,)"
        R"("pingTimeout":2,"maxPayload":3})");
}
