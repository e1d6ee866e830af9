#include "net/transport/polling_session.hpp"

#include <doctest/doctest.h>

#include <string>

#include "net/transport/polling_hub.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

const std::string unknown = R"({"code":1,"message":"Session ID unknown"})";

// The pong has time on a busy machine; silence costs a second.
transport_options fast_heartbeat() {
  transport_options o;
  o.ping_interval = 60ms;
  o.ping_timeout = 1s;
  return o;
}

}  // namespace

TEST_CASE("a handshake over polling opens a session") {
  test_server server;
  polling_client client(server);
  client.get({});
  const auto opened = client.reply();
  CHECK(opened.status == 200);
  CHECK(opened.body == R"(0{"sid":")" + server.last().sid +
                           R"(","upgrades":["websocket"],"pingInterval":25000,)"
                           R"("pingTimeout":20000,"maxPayload":1000000})");
  CHECK(opened.head.find("Content-Type: text/plain; charset=UTF-8\r\n") != std::string::npos);
  CHECK(opened.head.find("Cache-Control: no-store\r\n") != std::string::npos);
  CHECK(server.last().link->transport() == transport_kind::polling);
  CHECK(server.last().about.target() == polling_client::path({}));
  CHECK(server.loop.counters().connections.get() == 1);
}

TEST_CASE("packets of a POST are delivered in order, before its answer") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  client.post(sid,
              "4one\x1e"
              "bAQI=\x1e"
              "4two");
  const auto done = client.reply();
  CHECK(done.status == 200);
  CHECK(done.body == "ok");
  CHECK(done.head.find("Content-Type: text/html\r\n") != std::string::npos);
  CHECK(server.last().texts == std::vector<std::string>{"one", "two"});
  CHECK(server.last().binaries == std::vector<std::string>{"\x01\x02"});
}

TEST_CASE("a poll is held until there is something, and gets all of a turn") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  auto& session = server.last();
  client.get(sid);
  REQUIRE(server.run_until([&] { return session.link->writable(); }));
  CHECK_FALSE(client.answered());
  session.send("one");
  session.link->send(make_frame(ws_opcode::binary, {"\x01\x02"}));
  session.send("two");
  CHECK(client.reply().body ==
        "4one\x1e"
        "bAQI=\x1e"
        "4two");
  CHECK_FALSE(session.link->writable());
}

TEST_CASE("what is sent between two polls waits for the next one") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  auto& session = server.last();
  session.send("one");
  session.send("now or never", {.is_volatile = true});
  CHECK(session.link->queued_bytes() > 0);
  CHECK(client.body_of(sid) == "4one");
  CHECK(server.loop.counters().volatile_dropped.get() == 1);
  client.get(sid);
  REQUIRE(server.run_until([&] { return session.link->writable(); }));
  CHECK(session.writable_calls > 0);
  session.send("now", {.is_volatile = true});
  CHECK(client.reply().body == "4now");
}

TEST_CASE("a frame that holds several messages becomes several items") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  const auto text = make_frame(ws_opcode::text, {"451-[]"});
  const auto large = make_frame(ws_opcode::binary, {std::string(70'000, 'x')});
  const auto empty = make_frame(ws_opcode::binary, {});
  server.last().link->send(make_raw_frame(std::string(text->bytes()) + std::string(large->bytes()) +
                                          std::string(empty->bytes())));
  const auto body = client.body_of(sid);
  CHECK(
      body.starts_with("451-[]\x1e"
                       "beHh4"));
  CHECK(
      body.ends_with("eA==\x1e"
                     "b"));
  CHECK(body.size() == 6 + 1 + 1 + (70'000 + 2) / 3 * 4 + 1 + 1);
}

TEST_CASE("heartbeat runs over polling") {
  test_server server(fast_heartbeat());
  polling_client client(server);
  const auto sid = client.open();
  for (int round = 0; round < 3; ++round) {
    CHECK(client.body_of(sid) == "2");
    client.post(sid, "3");
    CHECK(client.reply().body == "ok");
  }
  SUBCASE("a held poll hears of the end") {
    CHECK(client.body_of(sid) == "2");
    CHECK(client.body_of(sid) == "1");
  }
  SUBCASE("without one the id is forgotten") {
    REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
    client.get(sid);
    const auto late = client.reply();
    CHECK(late.status == 400);
    CHECK(late.body == unknown);
  }
  CHECK(server.run_until([&] { return server.last().closed == close_reason::ping_timeout; }));
  CHECK(server.last().closed_calls == 1);
}

TEST_CASE("a client that closes has its poll released") {
  test_server server;
  polling_client poller(server), poster(server);
  const auto sid = poller.open();
  poller.get(sid);
  REQUIRE(server.run_until([&] { return server.last().link->writable(); }));
  poster.post(sid, "1");
  CHECK(poster.reply().body == "ok");
  CHECK(poller.reply().body == "6");
  CHECK(server.last().closed == close_reason::transport_close);
  poller.get(sid);
  CHECK(poller.reply().body == unknown);
}

TEST_CASE("a close packet of the server goes with the next poll") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  server.last().send("last words");
  server.last().link->close(close_reason::forced_server_close);
  server.last().send("too late");
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  server.sessions.clear();
  CHECK(server.loop.counters().connections.get() == 0);
  client.post(sid, "4x");
  CHECK(client.reply().body == unknown);
  CHECK(client.body_of(sid) == "4last words");
  CHECK(client.body_of(sid) == "1");
  CHECK(client.body_of(sid) == unknown);
  CHECK(server.loop.polling().sessions().size() == 0);
}

TEST_CASE("a client of a node that stops learns it from its poll alone") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  server.last().link->close(close_reason::server_shutting_down);
  client.post(sid, "4too late");
  CHECK(client.reply().body == "ok");
  CHECK(server.last().texts.empty());
  test_client ws(server.port);
  ws.expect_frames();
  ws.send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + sid));
  REQUIRE(server.wait_frames(ws, 1));
  CHECK(ws.frames()[0].kind == ws_opcode::close);
  CHECK(client.body_of(sid) == "1");
  SUBCASE("afterwards the session is unknown") {
    CHECK(client.body_of(sid) == unknown);
  }
  SUBCASE("unless nothing else may be heard from the node") {
    client.send("GET " + polling_client::path(sid) + " HTTP/1.1\r\n");
    server.turn();
    server.loop.close_idle_connections();
    client.send("\r\n");
    CHECK(client.reply().body == "1");
  }
}

TEST_CASE("a session may be destroyed inside any call") {
  test_server server;
  polling_client client(server);
  SUBCASE("on_text, with more packets behind") {
    server.open_hook = [](session_probe& s) {
      s.text_hook = [](session_probe& self, std::string_view) { self.link.reset(); };
    };
    const auto sid = client.open();
    client.post(sid,
                "4one\x1e"
                "4two");
    CHECK(client.reply().body == "ok");
    CHECK(server.last().texts.size() == 1);
    CHECK(client.body_of(sid) == "1");
  }
  SUBCASE("on_closed") {
    server.open_hook = [](session_probe& s) {
      s.closed_hook = [](session_probe& self) { self.link.reset(); };
    };
    const auto sid = client.open();
    client.post(sid, "1");
    CHECK(client.reply().body == "ok");
    CHECK(server.run_until([&] { return server.last().closed_calls == 1; }));
  }
  SUBCASE("on_session") {
    server.open_hook = [](session_probe& s) { s.link.reset(); };
    const auto sid = client.open();
    CHECK(client.body_of(sid) == "1");
  }
  CHECK(server.loop.counters().connections.get() == 0);
  CHECK(server.loop.polling().sessions().size() == 0);
}
