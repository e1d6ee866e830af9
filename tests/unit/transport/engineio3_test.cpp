// Clients of Engine.IO protocol 3.
#include <doctest/doctest.h>

#include <string>

#include "net/transport/polling_session.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

// The ping has time on a busy machine; silence costs a second.
transport_options fast_heartbeat() {
  transport_options o;
  o.ping_interval = 60ms;
  o.ping_timeout = 1s;
  return o;
}

}  // namespace

TEST_CASE("protocol 3: the client pings, and silence ends the session") {
  test_server server(fast_heartbeat());
  polling_client client(server);
  const auto sid = client.open("EIO=3");
  for (int round = 0; round < 5; ++round) {
    client.post(sid, "1:2");
    CHECK(client.reply().body == "ok");
    CHECK(client.body_of(sid) == "1:3");
  }
  SUBCASE("a pong from the client is against the rules") {
    client.post(sid, "1:3");
    CHECK(client.reply().status == 400);
    CHECK(server.run_until([&] { return server.last().closed == close_reason::parse_error; }));
  }
  SUBCASE("silence") {
    CHECK(client.body_of(sid) == "1:1");
    CHECK(server.last().closed == close_reason::ping_timeout);
  }
}

TEST_CASE("protocol 3: binary bodies, unless the client asked for base64") {
  test_server server;
  polling_client client(server);
  const std::string bytes("\x01\x02\x03\x04", 4);
  const auto send_both = [&] {
    server.last().send("\xe2\x82\xac");
    server.last().link->send(make_frame(ws_opcode::binary, {bytes}));
  };
  SUBCASE("b64") {
    const auto sid = client.open("EIO=3&b64=1");
    send_both();
    CHECK(client.body_of(sid) ==
          "2:4\xe2\x82\xac"
          "10:b4AQIDBA==");
  }
  SUBCASE("binary") {
    const auto sid = client.open("EIO=3");
    send_both();
    client.get(sid);
    const auto r = client.reply();
    CHECK(r.head.find("Content-Type: application/octet-stream\r\n") != std::string::npos);
    CHECK(r.body == std::string("\x00\x04\xff"
                                "4\xe2\x82\xac\x01\x05\xff\x04",
                                11) +
                        bytes);
    server.last().send("text alone");
    CHECK(client.body_of(sid) == "11:4text alone");
    client.post(sid,
                std::string("\x00\x03\xff"
                            "4ab\x01\x05\xff\x04",
                            10) +
                    bytes,
                "application/octet-stream");
    CHECK(client.reply().body == "ok");
    CHECK(server.last().texts == std::vector<std::string>{"ab"});
    CHECK(server.last().binaries == std::vector<std::string>{bytes});
  }
}

TEST_CASE("protocol 3 over a WebSocket: 04 in front of binary, both ways") {
  test_server server;
  test_client ws(server.port);
  ws.expect_frames();
  ws.send(upgrade_request("/socket.io/?EIO=3&transport=websocket"));
  REQUIRE(server.wait_frames(ws, 1));
  ws.send_text("2");
  ws.send_frame(ws_opcode::binary,
                "\x04"
                "ab");
  REQUIRE(server.wait_frames(ws, 2));
  CHECK(ws.frames()[1].payload == "3");
  REQUIRE(server.run_until([&] { return !server.last().binaries.empty(); }));
  CHECK(server.last().binaries[0] == "ab");
  server.last().link->send(make_frame(ws_opcode::binary, {"cd"}));
  REQUIRE(server.wait_frames(ws, 3));
  CHECK(ws.frames()[2].payload ==
        "\x04"
        "cd");
  ws.send_frame(ws_opcode::binary, "ab");
  REQUIRE(server.wait_frames(ws, 4));
  CHECK(ws.frames()[3].close_code == 1002);
}
