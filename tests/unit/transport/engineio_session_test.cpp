#include "net/transport/engineio_session.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

// The pong has time on a busy machine; silence costs a second.
transport_options fast_heartbeat() {
  transport_options o;
  o.ping_interval = 60ms;
  o.ping_timeout = 1s;
  return o;
}

}  // namespace

TEST_CASE("an upgrade is answered together with the open packet") {
  test_server server;
  test_client client(server.port);
  client.send(upgrade_request());
  REQUIRE(server.run_until([&] {
    client.receive();
    return !client.raw().empty();
  }));
  // One write: both came with the first bytes.
  CHECK(client.raw().starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(client.raw().find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") !=
        std::string::npos);
  CHECK(client.raw().ends_with(R"(0{"sid":")" + server.last().sid +
                               R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000,)"
                               R"("maxPayload":1000000})"));
  CHECK(server.loop.counters().writes.get() == 1);
  CHECK(server.loop.counters().connections.get() == 1);
  CHECK(server.last().about.address() == "127.0.0.1");
  CHECK(server.last().about.target() == "/socket.io/?EIO=4&transport=websocket");
  CHECK(server.last().about.header("host") == "localhost");
}

TEST_CASE("text and binary messages reach the handler and are answered") {
  test_server server;
  server.open_hook = [](session_probe& s) {
    s.text_hook = [](session_probe& self, std::string_view text) { self.send(text); };
  };
  auto client = server.connect();
  client->send_text("4hello");
  client->send_frame(ws_opcode::binary, "\x01\x02");
  REQUIRE(server.wait_frames(*client, 1));
  CHECK(client->frames()[0].payload == "4hello");
  REQUIRE(server.run_until([&] { return !server.last().binaries.empty(); }));
  CHECK(server.last().texts == std::vector<std::string>{"hello"});
  CHECK(server.last().binaries == std::vector<std::string>{"\x01\x02"});
  CHECK(server.loop.counters().messages_in.get() == 2);
}

TEST_CASE("what the hook sends follows the open packet") {
  test_server server;
  server.open_hook = [](session_probe& s) { s.send("first"); };
  test_client client(server.port);
  client.expect_frames();
  client.send(upgrade_request());
  REQUIRE(server.wait_frames(client, 2));
  CHECK(client.frames()[0].payload.starts_with("0{"));
  CHECK(client.frames()[1].payload == "4first");
}

TEST_CASE("messages in the segment of the upgrade request are delivered") {
  test_server server;
  test_client client(server.port);
  client.send(upgrade_request() + client_frame(ws_opcode::text, "440") +
              client_frame(ws_opcode::text, "4second").substr(0, 5));
  REQUIRE(server.run_until([&] { return !server.sessions.empty(); }));
  CHECK(server.last().texts == std::vector<std::string>{"40"});
  client.send(client_frame(ws_opcode::text, "4second").substr(5));
  REQUIRE(server.run_until([&] { return server.last().texts.size() == 2; }));
  CHECK(server.last().texts[1] == "second");
}

TEST_CASE("an upgrade that comes byte by byte works") {
  test_server server;
  test_client client(server.port);
  client.expect_frames();
  for (char c : upgrade_request() + client_frame(ws_opcode::text, "4x")) {
    client.send({&c, 1});
    server.turn();
  }
  REQUIRE(server.wait_frames(client, 1));
  REQUIRE(server.run_until([&] { return server.last().texts.size() == 1; }));
}

TEST_CASE("the server pings, a pong keeps the session, silence ends it") {
  test_server server(fast_heartbeat());
  auto client = server.connect();
  for (int round = 0; round < 3; ++round) {
    REQUIRE(server.wait_frames(*client, 1));
    CHECK(client->frames()[0].payload == "2");
    client->frames().clear();
    client->send_text("3");
  }
  REQUIRE(server.wait_frames(*client, 2));
  CHECK(client->frames()[0].payload == "2");
  CHECK(client->frames()[1].kind == ws_opcode::close);
  CHECK(server.last().closed == close_reason::ping_timeout);
  CHECK(server.last().closed_calls == 1);
}

TEST_CASE("messages do not replace a pong") {
  auto options = fast_heartbeat();
  options.ping_timeout = 40ms;
  test_server server(options);
  auto client = server.connect();
  REQUIRE(server.run_until([&] {
    client->send_text("4busy");
    return server.last().closed.has_value();
  }));
  CHECK(server.last().closed == close_reason::ping_timeout);
}

TEST_CASE("packets against the rules close the session") {
  test_server server;
  for (const char* packet : {"", "2", "2probe", "7", "x", " 4"}) {
    CAPTURE(packet);
    auto client = server.connect();
    client->send_text("4before");
    client->send_text(packet);
    client->send_text("4after");
    REQUIRE(server.wait_frames(*client, 1));
    CHECK(client->frames()[0].kind == ws_opcode::close);
    CHECK(client->frames()[0].close_code == 1002);
    CHECK(server.last().closed == close_reason::parse_error);
    CHECK(server.last().texts == std::vector<std::string>{"before"});
  }
}

TEST_CASE("a close packet closes the session") {
  test_server server;
  auto client = server.connect();
  client->send_text("1");
  REQUIRE(server.wait_frames(*client, 1));
  CHECK(client->frames()[0].kind == ws_opcode::close);
  CHECK(server.last().closed == close_reason::transport_close);
}

TEST_CASE("a noop is ignored") {
  test_server server;
  auto client = server.connect();
  client->send_text("6");
  client->send_text("4x");
  REQUIRE(server.run_until([&] { return !server.last().texts.empty(); }));
  CHECK_FALSE(server.last().closed);
}

TEST_CASE("close sends what is queued first and lingers until the peer has answered") {
  test_server server;
  auto client = server.connect();
  server.last().send("last words");
  server.last().link->close(close_reason::forced_server_close);
  CHECK_FALSE(server.last().closed);
  server.last().send("too late");
  REQUIRE(server.wait_frames(*client, 2));
  CHECK(client->frames()[0].payload == "4last words");
  CHECK(client->frames()[1].kind == ws_opcode::close);
  CHECK(client->frames()[1].close_code == 1000);
  CHECK(server.last().closed == close_reason::forced_server_close);
  server.sessions.clear();  // the transport ends by itself
  CHECK(server.loop.open_descriptors() == 1);
  client->send_frame(ws_opcode::close, {"\x03\xe8", 2});
  REQUIRE(server.wait_end(*client));
  CHECK_FALSE(client->was_reset());
  CHECK(server.loop.open_descriptors() == 0);
}

TEST_CASE("a peer that does not answer our Close is cut after close_timeout") {
  transport_options options;
  options.close_timeout = 50ms;
  test_server server(options);
  auto client = server.connect();
  server.last().link->close(close_reason::forced_close);
  server.sessions.clear();
  REQUIRE(server.wait_end(*client));
  CHECK(server.loop.open_descriptors() == 0);
}

TEST_CASE("nothing is delivered after close") {
  test_server server;
  server.open_hook = [](session_probe& s) {
    s.text_hook = [](session_probe& self, std::string_view) {
      self.link->close(close_reason::forced_close);
    };
  };
  auto client = server.connect();
  client->send(client_frame(ws_opcode::text, "4one") + client_frame(ws_opcode::text, "4two"));
  REQUIRE(server.wait_frames(*client, 1));
  client->send_text("4three");
  client->send_frame(ws_opcode::close, {});
  REQUIRE(server.wait_end(*client));
  CHECK(server.last().texts == std::vector<std::string>{"one"});
  CHECK(server.last().closed_calls == 1);
}

TEST_CASE("a session may be destroyed inside any call") {
  test_server server;
  SUBCASE("on_text, with more messages behind") {
    server.open_hook = [](session_probe& s) {
      s.text_hook = [](session_probe& self, std::string_view) { self.link.reset(); };
    };
    auto client = server.connect();
    client->send(client_frame(ws_opcode::text, "4one") + client_frame(ws_opcode::text, "4two"));
    REQUIRE(server.wait_frames(*client, 1));
    CHECK(client->frames()[0].kind == ws_opcode::close);
    CHECK(server.last().texts.size() == 1);
    CHECK(server.last().closed_calls == 0);
    client->send_frame(ws_opcode::close, {});
    REQUIRE(server.wait_end(*client));
  }
  SUBCASE("on_closed") {
    server.open_hook = [](session_probe& s) {
      s.closed_hook = [](session_probe& self) { self.link.reset(); };
    };
    auto client = server.connect();
    client->send_frame(ws_opcode::close, {});
    REQUIRE(server.wait_end(*client));
    CHECK(server.last().closed == close_reason::transport_close);
  }
  SUBCASE("on_session") {
    server.open_hook = [](session_probe& s) { s.link.reset(); };
    test_client client(server.port);
    client.expect_frames();
    client.send(upgrade_request() + client_frame(ws_opcode::text, "4x"));
    REQUIRE(server.wait_frames(client, 2));
    CHECK(client.frames()[1].kind == ws_opcode::close);
    client.send_frame(ws_opcode::close, {});
    REQUIRE(server.wait_end(client));
    CHECK(server.last().texts.empty());
  }
  CHECK(server.run_until([&] { return server.loop.open_descriptors() == 0; }));
  CHECK(server.loop.counters().connections.get() == 0);
}

TEST_CASE("a session closed inside on_session still reports it") {
  test_server server;
  server.open_hook = [](session_probe& s) { s.link->close(close_reason::server_shutting_down); };
  test_client client(server.port);
  client.expect_frames();
  client.send(upgrade_request());
  REQUIRE(server.wait_frames(client, 2));
  CHECK(client.frames()[1].close_code == 1001);
  CHECK(server.last().closed == close_reason::server_shutting_down);
}

TEST_CASE("drop_lingering ends what the peers keep open") {
  test_server server;
  auto lingering = server.connect();
  server.last().link->close(close_reason::server_shutting_down);
  test_client half(server.port);
  half.send("GET / HTTP/1.1\r\n");
  REQUIRE(server.run_until([&] { return server.loop.open_descriptors() == 2; }));
  REQUIRE(server.wait_frames(*lingering, 1));
  server.sessions.clear();
  server.loop.drop_lingering();
  CHECK(server.loop.open_descriptors() == 0);
  CHECK(server.wait_end(*lingering));
  CHECK(server.wait_end(half));
}
