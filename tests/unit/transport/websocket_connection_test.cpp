#include "net/transport/websocket_connection.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

TEST_CASE("frames are understood wherever the stream is cut") {
  test_server server;
  const std::string bytes = client_frame(ws_opcode::text, "4one", false) +
                            client_frame(ws_opcode::ping, "p") +
                            client_frame(ws_opcode::continuation, "-more") +
                            client_frame(ws_opcode::binary, std::string(300, 'b'));
  for (std::size_t cut = 1; cut < bytes.size(); cut += 3) {
    auto client = server.connect();
    client->send(bytes.substr(0, cut));
    server.turn();
    server.turn();
    client->send(bytes.substr(cut));
    REQUIRE(server.run_until([&] { return !server.last().binaries.empty(); }));
    CHECK(server.last().texts == std::vector<std::string>{"one-more"});
    CHECK(server.last().binaries[0].size() == 300);
    REQUIRE(server.wait_frames(*client, 1));
    CHECK(client->frames()[0].kind == ws_opcode::pong);
    CHECK(client->frames()[0].payload == "p");
    server.sessions.clear();
  }
}

TEST_CASE("many messages in one segment are all delivered in order") {
  test_server server;
  auto client = server.connect();
  std::string bytes;
  for (int i = 0; i < 500; ++i) bytes += client_frame(ws_opcode::text, "4" + std::to_string(i));
  client->send(bytes);
  REQUIRE(server.run_until([&] { return server.last().texts.size() == 500; }));
  for (int i = 0; i < 500; ++i)
    CHECK(server.last().texts[static_cast<size_t>(i)] == std::to_string(i));
}

TEST_CASE("a large message arrives whole while another connection is served") {
  test_server server;
  auto big = server.connect();
  auto& big_probe = server.last();
  auto small = server.connect();
  const std::string text = "4" + std::string(900'000, 'm');
  auto bytes = client_frame(ws_opcode::text, text);
  for (std::size_t at = 0; at < bytes.size(); at += 100'000) {
    big->send(bytes.substr(at, 100'000));
    small->send_text("4tick");
    const auto n = server.last().texts.size();
    REQUIRE(server.run_until([&] { return server.last().texts.size() > n; }));
  }
  REQUIRE(server.run_until([&] { return !big_probe.texts.empty(); }));
  CHECK(big_probe.texts[0] == text.substr(1));
}

TEST_CASE("violations are answered with their close code") {
  struct row {
    const char* what;
    std::string bytes;
    std::uint16_t code;
    close_reason reason;
  };
  auto unmasked = client_frame(ws_opcode::text, "4x");
  unmasked[1] = static_cast<char>(unmasked[1] & 0x7F);
  auto reserved = client_frame(ws_opcode::text, "4x");
  reserved[0] = static_cast<char>(reserved[0] | 0x40);
  auto opcode = client_frame(ws_opcode::text, "4x");
  opcode[0] = static_cast<char>(0x83);
  const row rows[] = {
      {"unmasked", unmasked, 1002, close_reason::parse_error},
      {"reserved bit", reserved, 1002, close_reason::parse_error},
      {"reserved opcode", opcode, 1002, close_reason::parse_error},
      {"bad UTF-8", client_frame(ws_opcode::text, "4\xff"), 1007, close_reason::parse_error},
      {"too big", std::string("\x82\xff\x7f\0\0\0\0\0\0\1abcd", 14), 1009,
       close_reason::message_too_big},
      {"lone continuation", client_frame(ws_opcode::continuation, "x"), 1002,
       close_reason::parse_error},
  };
  transport_options options;
  options.close_timeout = 1h;  // not what ends them
  test_server server(options);
  auto bystander = server.connect();
  auto& bystander_probe = server.last();
  for (const auto& r : rows) {
    CAPTURE(r.what);
    auto client = server.connect();
    client->send(r.bytes + client_frame(ws_opcode::text, "4after"));
    REQUIRE(server.wait_frames(*client, 1));
    CHECK(client->frames()[0].kind == ws_opcode::close);
    CHECK(client->frames()[0].close_code == r.code);
    CHECK(server.last().closed == r.reason);
    CHECK(server.last().texts.empty());
    // Our end of the stream follows at once, and what the peer still sends resets nothing.
    client->send(std::string(10'000, 'x'));
    REQUIRE(server.wait_end(*client));
    CHECK_FALSE(client->was_reset());
    client->finish();
  }
  REQUIRE(server.run_until([&] { return server.loop.open_descriptors() == 1; }));
  bystander->send_text("4still here");
  REQUIRE(server.run_until([&] { return !bystander_probe.texts.empty(); }));
  CHECK_FALSE(bystander_probe.closed);
}

TEST_CASE("the peer's Close is echoed and ends the connection") {
  test_server server;
  auto client = server.connect();
  server.last().send("queued before");
  client->send_frame(ws_opcode::close, {"\x03\xe9going", 7});
  REQUIRE(server.wait_end(*client));
  REQUIRE(client->frames().size() == 2);
  CHECK(client->frames()[0].payload == "4queued before");
  CHECK(client->frames()[1].close_code == 1001);
  CHECK_FALSE(client->was_reset());
  CHECK(server.last().closed == close_reason::transport_close);
  CHECK(server.loop.open_descriptors() == 0);
}

TEST_CASE("a Close without a code is echoed without one") {
  test_server server;
  auto client = server.connect();
  client->send_frame(ws_opcode::close, {});
  REQUIRE(server.wait_end(*client));
  REQUIRE(client->frames().size() == 1);
  CHECK(client->frames()[0].close_code == 1005);
}

TEST_CASE("a lost connection is a transport close") {
  test_server server;
  auto client = server.connect();
  SUBCASE("ended") {
    client->finish();
  }
  SUBCASE("reset") {
    client->reset();
  }
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  CHECK(server.last().closed == close_reason::transport_close);
  CHECK(server.last().closed_calls == 1);
  CHECK(server.loop.open_descriptors() == 0);
  server.last().send("into the void");
  server.last().link->close(close_reason::forced_close);
  server.turn();
  CHECK(server.last().closed_calls == 1);
}

TEST_CASE("a flood of pings is answered in bounds") {
  test_server server;
  auto client = server.connect();
  std::string pings;
  for (int i = 0; i < 5000; ++i) pings += client_frame(ws_opcode::ping, "x");
  client->send(pings);
  client->send_text("4end");
  std::size_t most = 0;
  REQUIRE(server.run_until([&] {
    most = std::max(most, server.last().link->queued_bytes());
    return !server.last().texts.empty();
  }));
  CHECK(most < 100);
  REQUIRE(server.wait_frames(*client, 1));
  CHECK(client->frames()[0].kind == ws_opcode::pong);
}

TEST_CASE("partial messages are bounded together: the one that began first goes") {
  transport_options options;
  options.max_partial_bytes = 110'000;
  test_server server(options);
  const auto bytes = client_frame(ws_opcode::text, "4" + std::string(60'000, 'm'));
  const auto half = bytes.substr(0, 40'000);
  auto first = server.connect();
  auto second = server.connect();
  auto third = server.connect();
  auto& probes = server.sessions;
  first->send(half);
  REQUIRE(server.run_until([&] { return server.loop.partial_bytes() > 39'000; }));
  second->send(half);
  REQUIRE(server.run_until([&] { return server.loop.partial_bytes() > 78'000; }));
  third->send(half);
  REQUIRE(server.run_until([&] { return probes[0]->closed.has_value(); }));
  CHECK(probes[0]->closed == close_reason::node_overloaded);
  CHECK(server.loop.counters().overload_closed.get() == 1);

  second->send(bytes.substr(half.size()));
  third->send(bytes.substr(half.size()));
  REQUIRE(server.run_until([&] { return probes[1]->texts.size() + probes[2]->texts.size() == 2; }));
  CHECK(server.loop.partial_bytes() == 0);
  CHECK_FALSE(probes[1]->closed);
  CHECK_FALSE(probes[2]->closed);
}

TEST_CASE("what an ended connection had of a message is given back") {
  test_server server;
  auto client = server.connect();
  client->send(client_frame(ws_opcode::text, "4" + std::string(60'000, 'm')).substr(0, 50'000));
  REQUIRE(server.run_until([&] { return server.loop.partial_bytes() > 40'000; }));
  client->reset();
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  CHECK(server.loop.partial_bytes() == 0);
}
