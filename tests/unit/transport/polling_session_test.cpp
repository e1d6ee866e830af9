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
const std::string bad_request = R"({"code":3,"message":"Bad request"})";

transport_options fast_heartbeat() {
  transport_options o;
  o.ping_interval = 60ms;
  o.ping_timeout = 40ms;
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

TEST_CASE("requests for unknown sessions, with other methods and transports") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  const auto ask = [&](std::string_view line) {
    client.send(std::string(line) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
    const auto r = client.reply();
    return std::to_string(r.status) + " " + r.body;
  };
  const auto base = polling_client::path({});
  CHECK(ask("GET " + base + "&sid=nope") == "400 " + unknown);
  CHECK(ask("POST " + base + "&sid=nope") == "400 " + unknown);
  CHECK(ask("POST " + base + "&sid=12345678901234567890") == "400 " + unknown);
  CHECK(ask("PUT " + base + "&sid=" + sid) == "400 " + bad_request);
  CHECK(ask("DELETE " + base + "&sid=" + sid) == "400 " + bad_request);
  CHECK(ask("GET /socket.io/?EIO=4&transport=websocket&sid=" + sid) == "400 " + bad_request);
  CHECK(ask("GET /socket.io/?EIO=4&transport=websocket&sid=nope") == "400 " + unknown);
  CHECK_FALSE(server.last().closed);
}

TEST_CASE("a second poll ends the session") {
  test_server server;
  polling_client first(server), second(server);
  const auto sid = first.open();
  first.get(sid);
  REQUIRE(server.run_until([&] { return server.last().link->writable(); }));
  second.get(sid);
  CHECK(second.reply().status == 400);
  CHECK(first.reply().body == "1");
  CHECK(server.last().closed == close_reason::transport_error);
  second.get(sid);
  CHECK(second.reply().body == unknown);
}

TEST_CASE("an aborted poll ends the session at once") {
  test_server server;
  polling_client client(server), other(server);
  const auto sid = client.open();
  client.get(sid);
  REQUIRE(server.run_until([&] { return server.last().link->writable(); }));
  SUBCASE("by the end of the stream") {
    client.tcp().finish();
  }
  SUBCASE("by a reset") {
    client.tcp().reset();
  }
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  CHECK(server.last().closed == close_reason::transport_error);
  other.get(sid);
  CHECK(other.reply().body == unknown);
}

TEST_CASE("a second POST while one is read ends the session") {
  test_server server;
  polling_client slow(server), fast(server);
  const auto sid = fast.open();
  slow.send("POST " + polling_client::path(sid) + " HTTP/1.1\r\nContent-Length: 6\r\n\r\n4ab");
  server.turn();
  fast.post(sid, "4x");
  CHECK(fast.reply().status == 400);
  CHECK(server.run_until([&] { return server.last().closed == close_reason::transport_error; }));
  slow.send("cde");
  CHECK(slow.reply().status == 400);
  CHECK(server.last().texts.empty());
}

TEST_CASE("a POST that comes in pieces is delivered, one that breaks off ends the session") {
  test_server server;
  polling_client client(server), other(server);
  const auto sid = client.open();
  client.send("POST " + polling_client::path(sid) + " HTTP/1.1\r\nContent-Length: 4\r\n\r\n");
  server.turn();
  for (const char* c : {"4", "a", "b", "c"}) {
    client.send(c);
    server.turn();
  }
  CHECK(client.reply().body == "ok");
  CHECK(server.last().texts == std::vector<std::string>{"abc"});

  client.send("POST " + polling_client::path(sid) + " HTTP/1.1\r\nContent-Length: 4\r\n\r\n4");
  server.turn();
  client.tcp().reset();
  CHECK(server.run_until([&] { return server.last().closed == close_reason::transport_error; }));
}

TEST_CASE("too much in a POST is a 413, measured while reading, and the session lives on") {
  transport_options options;
  options.limits.max_payload = 1000;
  test_server server(options);
  polling_client client(server);
  const auto sid = client.open();
  for (const bool chunked : {false, true}) {
    polling_client large(server);
    const auto head = "POST " + polling_client::path(sid) + " HTTP/1.1\r\n";
    if (chunked)
      large.send(head + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x'));
    else
      large.send(head + "Content-Length: 1001\r\n\r\n");
    CHECK(large.reply().status == 413);
    CHECK(server.wait_end(large.tcp()));
  }
  client.post(sid, "4" + std::string(999, 'x'));
  CHECK(client.reply().body == "ok");
  CHECK_FALSE(server.last().closed);
}

TEST_CASE("a POST against the rules closes; what came before is delivered") {
  struct row {
    const char* body;
    const char* type;
  };
  const row rows[] = {{"4a\x1e", "text/plain"},
                      {"4a\x1e"
                       "9",
                       "text/plain"},
                      {"4a\x1e"
                       "b*",
                       "text/plain"},
                      {"4a\x1e"
                       "4\xff",
                       "text/plain"},
                      {"4a\x1e"
                       "2",
                       "text/plain"},
                      {"4a\x1e"
                       "x",
                       "text/plain"}};
  test_server server;
  for (const auto& r : rows) {
    CAPTURE(r.body);
    polling_client client(server);
    const auto sid = client.open();
    client.post(sid, r.body, r.type);
    const auto refused = client.reply();
    CHECK(refused.status == 400);
    CHECK(refused.body == bad_request);
    CHECK(server.last().texts == std::vector<std::string>{"a"});
    CHECK(server.run_until([&] { return server.last().closed == close_reason::parse_error; }));
  }
  polling_client client(server);
  const auto sid = client.open();
  SUBCASE("an empty body") {
    client.post(sid, "");
  }
  SUBCASE("a binary body") {
    client.post(sid, "4a", "application/octet-stream");
  }
  CHECK(client.reply().status == 400);
  CHECK(server.run_until([&] { return server.last().closed == close_reason::parse_error; }));
  CHECK(server.last().texts.empty());
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

TEST_CASE("one connection serves many sessions") {
  test_server server;
  polling_client client(server);
  const auto a = client.open();
  const auto b = client.open();
  server.sessions[0]->send("for a");
  server.sessions[1]->send("for b");
  SUBCASE("one request after the other") {
    CHECK(client.body_of(b) == "4for b");
    CHECK(client.body_of(a) == "4for a");
  }
  SUBCASE("pipelined") {
    client.get(a);
    client.get(b);
    client.post(a, "4x");
    CHECK(client.reply().body == "4for a");
    CHECK(client.reply().body == "4for b");
    CHECK(client.reply().body == "ok");
  }
  SUBCASE("pipelined in one piece, with nothing to send") {
    CHECK(client.body_of(a) == "4for a");
    const auto line = "GET " + polling_client::path(a) + " HTTP/1.1\r\n\r\n";
    client.send(line + line + line);
    CHECK(client.reply().body == "6");
    CHECK(client.reply().body == "6");
    CHECK_FALSE(server.sessions[0]->closed);
  }
  SUBCASE("a held poll does not stop what is pipelined behind it") {
    CHECK(client.body_of(a) == "4for a");
    client.get(a);
    REQUIRE(server.run_until([&] { return server.sessions[0]->link->writable(); }));
    client.post(b, "4x");
    CHECK(client.reply().body == "6");
    CHECK(client.reply().body == "ok");
    CHECK(server.sessions[1]->texts == std::vector<std::string>{"x"});
  }
}

TEST_CASE("an idle connection is kept longer than a request may take") {
  transport_options options;
  options.request_timeout = 30ms;
  options.keep_alive_timeout = 150ms;
  test_server server(options);
  polling_client client(server);
  const auto sid = client.open();
  const auto began = std::chrono::steady_clock::now();
  server.last().send("x");
  CHECK(server.wait_end(client.tcp()));
  CHECK(std::chrono::steady_clock::now() - began >= 140ms);

  polling_client dripping(server);
  dripping.get(sid);
  CHECK(dripping.reply().body == "4x");
  dripping.send("G");
  CHECK(server.wait_end(dripping.tcp()));
}

TEST_CASE("no more polling sessions than connections are allowed") {
  transport_options options;
  options.max_connections = 2;
  test_server server(options);
  polling_client client(server);
  client.open();
  client.open();
  client.get({});
  CHECK(client.reply().status == 503);
}
