// A polling session that moves to a WebSocket, on one loop and over two.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/transport/polling_hub.hpp"
#include "net/transport/upgrade_probe.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

/// Two loops of one node: sessions live on the first, requests may come to either.
class two_loops {
 public:
  two_loops()
      : quota_(100),
        home({}, {}, 1 << 30, [this](loop_hooks& hooks) { join(hooks, at_home_); }),
        away({}, {}, 1 << 30, [this](loop_hooks& hooks) { join(hooks, at_away_); }) {}
  ~two_loops() { turn(); }

  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      turn();
    }
    return true;
  }
  polling_client client(const test_server& of) {
    return {of.port, [this](const auto& done) { return run_until(done); }};
  }

 private:
  using inbox = std::vector<std::unique_ptr<loop_task>>;
  void join(loop_hooks& hooks, inbox& in) {
    hooks.quota = &quota_;
    hooks.home_of_session = [this](std::string_view) { return &home.loop; };
    hooks.post = [&in](std::unique_ptr<loop_task> task) { in.push_back(std::move(task)); };
  }
  static void run(inbox& in, io_loop& loop) {
    for (auto& task : std::exchange(in, {})) task->run(loop);
  }
  void turn() {
    run(at_home_, home.loop);
    home.turn();
    run(at_away_, away.loop);
    away.turn();
  }

  connection_quota quota_;
  inbox at_home_, at_away_;

 public:
  test_server home, away;
};

std::string upgrade_of(std::string_view sid) {
  return upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + std::string(sid));
}

}  // namespace

TEST_CASE("a session moves from polling to a WebSocket") {
  two_loops node;
  auto* entrance = &node.home;
  SUBCASE("on its own loop") {}
  SUBCASE("that came to another loop") {
    entrance = &node.away;
  }
  auto poller = node.client(node.home);
  const auto sid = poller.open();
  auto& session = node.home.last();

  poller.get(sid);
  REQUIRE(node.run_until([&] { return session.link->writable(); }));
  test_client ws(entrance->port);
  const auto frames = [&](std::size_t n) {
    return node.run_until([&] {
      ws.receive();
      return ws.frames().size() >= n;
    });
  };
  ws.expect_frames();
  ws.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe"));
  REQUIRE(frames(1));
  CHECK(ws.frames()[0].payload == "3probe");
  CHECK(poller.reply().body == "6");
  CHECK(session.link->transport() == transport_kind::polling);

  // Messages still flow over polling, until the client says so.
  poller.post(sid, "4over polling");
  CHECK(poller.reply().body == "ok");
  session.send("buffered");
  ws.send(client_frame(ws_opcode::text, "5") + client_frame(ws_opcode::text, "4at once"));
  REQUIRE(frames(2));
  CHECK(ws.frames()[1].payload == "4buffered");
  CHECK(session.link->transport() == transport_kind::websocket);
  REQUIRE(node.run_until([&] { return session.texts.size() == 2; }));
  CHECK(session.texts == std::vector<std::string>{"over polling", "at once"});
  session.send("over the WebSocket");
  REQUIRE(frames(3));
  CHECK(ws.frames()[2].payload == "4over the WebSocket");

  poller.get(sid);
  CHECK(poller.reply().body == R"({"code":3,"message":"Bad request"})");
  poller.post(sid, "4x");
  CHECK(poller.reply().status == 400);
  test_client second(entrance->port);
  second.expect_frames();
  second.send(upgrade_of(sid));
  REQUIRE(node.run_until([&] {
    second.receive();
    return !second.frames().empty();
  }));
  CHECK(second.frames()[0].kind == ws_opcode::close);

  CHECK_FALSE(session.closed);
  ws.send_frame(ws_opcode::close, {"\x03\xe8", 2});
  REQUIRE(node.run_until([&] { return session.closed.has_value(); }));
  CHECK(session.closed == close_reason::transport_close);
  node.home.sessions.clear();
  CHECK(node.home.loop.polling().sessions().size() == 0);
  CHECK(node.home.loop.counters().connections.get() == 0);
  poller.get(sid);
  CHECK(poller.reply().body == R"({"code":1,"message":"Session ID unknown"})");
}

TEST_CASE("polling requests come to any loop") {
  two_loops node;
  auto here = node.client(node.home), there = node.client(node.away);
  const auto sid = here.open();
  auto& session = node.home.last();
  there.post(sid, "4x");
  CHECK(there.reply().body == "ok");
  CHECK(session.texts == std::vector<std::string>{"x"});
  there.get(sid);
  REQUIRE(node.run_until([&] { return session.link->writable(); }));
  SUBCASE("and are answered") {
    session.send("y");
    CHECK(there.reply().body == "4y");
    there.get("12345678901234567890");
    CHECK(there.reply().status == 400);
  }
  SUBCASE("and their end is noticed") {
    there.tcp().finish();
    REQUIRE(node.run_until([&] { return session.closed.has_value(); }));
    CHECK(session.closed == close_reason::transport_error);
  }
}

TEST_CASE("an upgrade of an unknown session is refused, on any loop") {
  two_loops node;
  for (auto* entrance : {&node.home, &node.away}) {
    test_client ws(entrance->port);
    ws.send(upgrade_of("12345678901234567890"));
    REQUIRE(node.run_until([&] {
      ws.receive();
      return ws.ended();
    }));
    CHECK(ws.raw() ==
          "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
          "Content-Length: 18\r\n\r\nSession ID unknown");
  }
  CHECK(node.run_until(
      [&] { return node.home.loop.open_descriptors() + node.away.loop.open_descriptors() == 0; }));
}

TEST_CASE("whatever goes wrong with a probe, the session polls on") {
  transport_options options;
  options.upgrade_timeout = 60ms;
  test_server server(options);
  polling_client client(server);
  const auto sid = client.open();
  test_client ws(server.port);
  ws.expect_frames();
  ws.send(upgrade_of(sid));
  REQUIRE(server.run_until([&] {
    ws.receive();
    return ws.raw().size() + ws.frames().size() > 0 || server.loop.open_descriptors() == 2;
  }));
  SUBCASE("another packet") {
    ws.send_text("4x");
  }
  SUBCASE("a binary message") {
    ws.send_frame(ws_opcode::binary, "x");
  }
  SUBCASE("a ping without `probe`") {
    ws.send_text("2");
  }
  SUBCASE("bytes that are no frame") {
    ws.send("\xff\xff\xff");
  }
  SUBCASE("a reset") {
    ws.reset();
  }
  SUBCASE("silence") {}
  SUBCASE("silence after the probe") {
    ws.send_text("2probe");
  }
  SUBCASE("a Close frame after the probe") {
    ws.send_text("2probe");
    ws.send_frame(ws_opcode::close, {});
  }
  REQUIRE(server.run_until([&] {
    ws.receive();
    if (!ws.frames().empty() && ws.frames().back().kind == ws_opcode::close && !ws.ended())
      ws.finish();
    return ws.ended();
  }));
  CHECK_FALSE(server.last().closed);
  CHECK(server.last().texts.empty());
  server.last().send("still here");
  CHECK(client.body_of(sid) == "4still here");

  // And the next attempt may succeed.
  test_client again(server.port);
  again.expect_frames();
  again.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe") +
             client_frame(ws_opcode::text, "5"));
  REQUIRE(server.wait_frames(again, 1));
  CHECK(server.run_until(
      [&] { return server.last().link->transport() == transport_kind::websocket; }));
}

TEST_CASE("a second WebSocket for a session that is probed is closed") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  test_client first(server.port), second(server.port);
  first.expect_frames();
  second.expect_frames();
  first.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe"));
  REQUIRE(server.wait_frames(first, 1));
  second.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe"));
  REQUIRE(server.wait_frames(second, 1));
  CHECK(second.frames()[0].kind == ws_opcode::close);
  first.send_text("5");
  CHECK(server.run_until(
      [&] { return server.last().link->transport() == transport_kind::websocket; }));
}

TEST_CASE("a client that polls on while it probes is answered now and then") {
  test_server server;
  polling_client client(server);
  const auto sid = client.open();
  test_client ws(server.port);
  ws.expect_frames();
  ws.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe"));
  REQUIRE(server.wait_frames(ws, 1));
  const auto began = std::chrono::steady_clock::now();
  CHECK(client.body_of(sid) == "6");
  CHECK(client.body_of(sid) == "6");
  CHECK(std::chrono::steady_clock::now() - began >= 90ms);
}

TEST_CASE("the heartbeat runs on while probing, and the session's end ends the probe") {
  transport_options options;
  options.ping_interval = 40ms;
  options.ping_timeout = 1s;
  test_server server(options);
  polling_client client(server);
  const auto sid = client.open();
  test_client ws(server.port);
  ws.expect_frames();
  ws.send(upgrade_of(sid) + client_frame(ws_opcode::text, "2probe"));
  REQUIRE(server.wait_frames(ws, 2));
  CHECK(ws.frames()[1].kind == ws_opcode::close);
  CHECK(server.run_until([&] { return server.last().closed == close_reason::ping_timeout; }));
}
