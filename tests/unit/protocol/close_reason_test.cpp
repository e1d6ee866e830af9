#include "net/protocol/close_reason.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <set>
#include <string_view>

using pushmesh::client_advice;
using pushmesh::close_reason;

TEST_CASE("close reasons have the names the application knows") {
  struct row {
    close_reason reason;
    std::string_view name;
    std::uint16_t code;
  };
  const row rows[] = {
      {close_reason::server_namespace_disconnect, "server namespace disconnect", 1000},
      {close_reason::client_namespace_disconnect, "client namespace disconnect", 1000},
      {close_reason::server_shutting_down, "server shutting down", 1001},
      {close_reason::ping_timeout, "ping timeout", 1001},
      {close_reason::transport_close, "transport close", 1000},
      {close_reason::transport_error, "transport error", 1011},
      {close_reason::parse_error, "parse error", 1002},
      {close_reason::forced_close, "forced close", 1000},
      {close_reason::forced_server_close, "forced server close", 1000},
      {close_reason::connect_timeout, "connect timeout", 1008},
      {close_reason::slow_consumer, "slow consumer", 1008},
      {close_reason::node_overloaded, "node overloaded", 1013},
      {close_reason::message_too_big, "message too big", 1009},
      {close_reason::handler_failed, "handler failed", 1011},
      {close_reason::rate_limited, "rate limited", 1008},
  };
  std::uint8_t number = 1;
  for (const row& r : rows) {
    CAPTURE(r.name);
    CHECK(static_cast<std::uint8_t>(r.reason) == number++);
    CHECK(to_string(r.reason) == r.name);
    CHECK(info(r.reason).websocket_code == r.code);
    CHECK_FALSE(info(r.reason).sentence.empty());
  }
}

TEST_CASE("clients are told to stay away only after a namespace disconnect") {
  CHECK(info(close_reason::server_namespace_disconnect).advice == client_advice::stay_away);
  CHECK(info(close_reason::client_namespace_disconnect).advice == client_advice::stay_away);
  CHECK(info(close_reason::parse_error).advice == client_advice::fix_the_client);
  CHECK(info(close_reason::message_too_big).advice == client_advice::fix_the_client);
  CHECK(info(close_reason::slow_consumer).advice == client_advice::reconnect);
  CHECK(info(close_reason::node_overloaded).advice == client_advice::reconnect);
}

TEST_CASE("an unknown close reason number is described as none") {
  CHECK(to_string(static_cast<close_reason>(200)) == "none");
}
