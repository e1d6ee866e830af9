// Polling clients whose requests come to another node than their session's.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/relay_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

const std::string unknown = R"({"code":1,"message":"Session ID unknown"})";

}  // namespace

TEST_CASE("polls and posts of a session on another node are answered as at home") {
  two_nodes nodes;
  const auto sid = nodes.open();
  auto& session = nodes.session_of(sid);
  auto poller = nodes.client(nodes.edge);
  auto poster = nodes.client(nodes.edge);

  poller.get(sid);
  REQUIRE(nodes.run_until([&] { return session.link->writable(); }));
  poster.post(sid,
              "4one\x1e"
              "bAQI=");
  const auto done = poster.reply();
  CHECK(done.status == 200);
  CHECK(done.body == "ok");
  CHECK(done.head.find("Content-Type: text/html\r\n") != std::string::npos);
  CHECK(session.texts == std::vector<std::string>{"one"});
  CHECK(session.binaries == std::vector<std::string>{"\x01\x02"});
  session.send("two");
  const auto polled = poller.reply();
  CHECK(polled.body == "4two");
  CHECK(polled.head.find("Content-Type: text/plain; charset=UTF-8\r\n") != std::string::npos);
  CHECK(polled.head.find("Cache-Control: no-store\r\n") != std::string::npos);
  CHECK(nodes.edge.loop.counters().relayed_requests.get() == 2);
  CHECK(nodes.home.loop.counters().relayed_served.get() == 2);

  SUBCASE("a further request behind a held poll releases it") {
    poller.get(sid);
    REQUIRE(nodes.run_until([&] { return session.link->writable(); }));
    poller.post(sid, "4x");
    CHECK(poller.reply().body == "6");
    CHECK(poller.reply().body == "ok");
  }
  SUBCASE("an aborted poll ends the session") {
    poller.get(sid);
    REQUIRE(nodes.run_until([&] { return session.link->writable(); }));
    poller.tcp().reset();
    CHECK(nodes.run_until([&] { return session.closed == close_reason::transport_error; }));
  }
  SUBCASE("a second poll ends the session, wherever it comes") {
    poller.get(sid);
    REQUIRE(nodes.run_until([&] { return session.link->writable(); }));
    auto other = nodes.client(nodes.home);
    other.get(sid);
    CHECK(other.reply().status == 400);
    CHECK(poller.reply().body == "1");
  }
  SUBCASE("a second POST while one is read ends the session") {
    poster.send("POST " + polling_client::path(sid) + " HTTP/1.1\r\nContent-Length: 6\r\n\r\n4a");
    REQUIRE(nodes.run_until([&] { return nodes.to_home->all<relayed_request>().size() == 3; }));
    nodes.turn();
    poller.post(sid, "4x");
    CHECK(poller.reply().status == 400);
    poster.send("bcde");
    CHECK(poster.reply().status == 400);
  }
  SUBCASE("a POST that is too large is refused, and the session lives on") {
    poster.send("POST " + polling_client::path(sid) +
                " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    REQUIRE(nodes.run_until([&] { return nodes.to_home->all<relayed_request>().size() == 3; }));
    for (int n = 0; n < 21 && !poster.answered(); ++n) {
      poster.send("c350\r\n" + std::string(50'000, 'x') + "\r\n");
      for (int turns = 0; turns < 5; ++turns) nodes.turn();
    }
    CHECK(poster.reply().status == 413);
    poller.post(sid, "4x");
    CHECK(poller.reply().body == "ok");
    CHECK_FALSE(session.closed);
  }
  SUBCASE("the session's end") {
    session.link->close(close_reason::forced_server_close);
    CHECK(poller.body_of(sid) == "1");
    CHECK(poller.body_of(sid) == unknown);
  }
}

TEST_CASE("the home looks at the size of what it is sent, too") {
  two_nodes nodes;
  nodes.home.options.limits.max_payload = 100;
  const auto sid = nodes.open();
  auto client = nodes.client(nodes.edge);
  client.post(sid, "4" + std::string(100, 'x'));
  CHECK(client.reply().status == 413);
  client.post(sid, "4" + std::string(99, 'x'));
  CHECK(client.reply().body == "ok");
}

TEST_CASE("a session that no node has is unknown") {
  two_nodes nodes;
  auto client = nodes.client(nodes.edge);
  SUBCASE("because its node does not know it") {}
  SUBCASE("because its node is down") {
    nodes.linked = false;
  }
  client.get(std::string(20, 'x'));
  const auto refused = client.reply();
  CHECK(refused.status == 400);
  CHECK(refused.body == unknown);
  client.post(std::string(20, 'x'), "4x");
  CHECK(client.reply().body == unknown);
  CHECK(client.body_of("short") == unknown);
}

TEST_CASE("when the link dies held polls end at both ends") {
  two_nodes nodes;
  const auto sid = nodes.open();
  const auto quiet = nodes.open();
  auto client = nodes.client(nodes.edge);
  client.get(sid);
  REQUIRE(nodes.run_until([&] { return nodes.session_of(sid).link->writable(); }));
  nodes.lose_link();
  const auto refused = client.reply();
  CHECK(refused.status == 400);
  CHECK(refused.body == unknown);
  CHECK(nodes.run_until(
      [&] { return nodes.session_of(sid).closed == close_reason::transport_error; }));
  // Who was between two polls may come another way.
  auto at_home = nodes.client(nodes.home);
  at_home.post(quiet, "4x");
  CHECK(at_home.reply().body == "ok");
  CHECK_FALSE(nodes.session_of(quiet).closed);
}

TEST_CASE("while the link is full requests and answers wait, in order, and none is lost") {
  two_nodes nodes;
  const auto sid = nodes.open();
  auto& session = nodes.session_of(sid);
  auto client = nodes.client(nodes.edge);
  auto& full = *nodes.to_home;
  SUBCASE("on the way there") {
    full.room = 0;
    client.post(sid, "4one");
    REQUIRE(
        nodes.run_until([&] { return nodes.edge.loop.counters().relayed_requests.get() == 1; }));
    for (int n = 0; n < 20; ++n) nodes.turn();
    CHECK(session.texts.empty());
    CHECK_FALSE(client.answered());
    full.room = 1;
    CHECK(client.reply().body == "ok");
    CHECK(session.texts == std::vector<std::string>{"one"});
  }
  SUBCASE("on the way back") {
    nodes.to_edge->room = 0;
    client.get(sid);
    session.send("one");
    REQUIRE(nodes.run_until([&] { return session.link->queued_bytes() == 0; }));
    for (int n = 0; n < 20; ++n) nodes.turn();
    CHECK_FALSE(client.answered());
    CHECK(nodes.home.budget.used() > live_frame_bytes());
    nodes.to_edge->room = 1;
    CHECK(client.reply().body == "4one");
  }
}

TEST_CASE("what waits for a full link is bounded: further requests are refused") {
  two_nodes nodes;
  const auto sid = nodes.open();
  nodes.to_home->room = 0;
  std::vector<std::unique_ptr<polling_client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<polling_client>(
        nodes.edge.port, [&](const auto& done) { return nodes.run_until(done); }));
    auto& client = *clients.back();
    client.send("POST " + polling_client::path(std::string(20, 'x')) +
                " HTTP/1.1\r\nContent-Length: 900000\r\n\r\n");
    for (int n = 0; n < 18; ++n) {
      client.send(std::string(50'000, 'x'));
      for (int turns = 0; turns < 4; ++turns) nodes.turn();
    }
    REQUIRE(
        nodes.run_until([&] { return nodes.edge.loop.counters().http_requests.get() == i + 1; }));
  }
  auto late = nodes.client(nodes.edge);
  late.get(sid);
  CHECK(late.reply().status == 503);
  nodes.to_home->room = 1 << 20;
  for (auto& client : clients) CHECK(client->reply().status == 400);
  late.post(sid, "4x");
  CHECK(late.reply().body == "ok");
}

TEST_CASE("a node that is about to stop has its polls answered, so that clients go elsewhere") {
  two_nodes nodes;
  const auto sid = nodes.open();
  auto client = nodes.client(nodes.edge);
  auto late = nodes.client(nodes.edge);
  late.get(sid);
  REQUIRE(nodes.run_until([&] { return nodes.session_of(sid).link->writable(); }));
  nodes.session_of(sid).send("x");
  CHECK(late.reply().body == "4x");
  client.get(sid);
  REQUIRE(nodes.run_until([&] { return nodes.session_of(sid).link->writable(); }));
  late.send("GET " + polling_client::path(sid) + " HTTP/1.1\r\n");  // under way
  nodes.turn();
  nodes.edge.loop.close_idle_connections();
  const auto released = client.reply();
  CHECK(released.body == "6");
  CHECK(released.head.find("Connection: close\r\n") != std::string::npos);
  SUBCASE("a poll that was under way as well") {
    late.send("\r\n");
    CHECK(late.reply().body == "6");
  }
  CHECK_FALSE(nodes.session_of(sid).closed);
}
