// What HTTP connections ask of sessions that poll: methods, bodies, overlaps, many sessions on one.
#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "net/transport/polling_hub.hpp"
#include "net/transport/polling_session.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

namespace {

const std::string unknown = R"({"code":1,"message":"Session ID unknown"})";
const std::string bad_request = R"({"code":3,"message":"Bad request"})";

}  // namespace

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
  SUBCASE("a session that ends makes room") {
    server.sessions.front()->link->close(close_reason::slow_consumer);
    REQUIRE(server.run_until([&] { return server.sessions.front()->closed.has_value(); }));
    client.open();
  }
}

TEST_CASE("the loops of a node share the bound of polling sessions") {
  connection_quota sessions(2);
  const auto share = [&](loop_hooks& hooks) { hooks.sessions = &sessions; };
  test_server first({}, {}, 1 << 30, share), second({}, {}, 1 << 30, share);
  polling_client at_first(first), at_second(second);
  at_first.open();
  at_second.open();
  at_second.get({});
  CHECK(at_second.reply().status == 503);
}

TEST_CASE("bodies that have not arrived whole are bounded together") {
  transport_options options;
  options.max_partial_bytes = 10'000;
  test_server server(options);
  polling_client opener(server);
  const auto sid = opener.open();
  const auto begin = [&](std::size_t body) {
    auto client = std::make_unique<polling_client>(server);
    client->send("POST " + polling_client::path(std::string(20, 'x')) +
                 " HTTP/1.1\r\nContent-Length: 9000\r\n\r\n" + std::string(body, '4'));
    const auto bytes_in = server.loop.counters().bytes_in.get();
    REQUIRE(server.run_until([&] {
      return server.loop.counters().bytes_in.get() >= bytes_in + static_cast<int>(body);
    }));
    return client;
  };
  const auto oldest = begin(4000);
  const auto middle = begin(4000);
  CHECK(server.loop.partial_bytes() == 8000);
  const auto newest = begin(4000);
  CHECK(server.wait_end(oldest->tcp()));
  CHECK(server.loop.partial_bytes() == 8000);
  CHECK(server.loop.counters().overload_closed.get() == 1);

  SUBCASE("what is complete does not count any more") {
    middle->send(std::string(5000, '4'));
    CHECK(middle->reply().status == 400);
    CHECK(server.loop.partial_bytes() == 4000);
  }
  SUBCASE("nor what is gone") {
    middle->tcp().reset();
    CHECK(server.run_until([&] { return server.loop.partial_bytes() == 4000; }));
  }
  opener.post(sid, "4x");
  CHECK(opener.reply().body == "ok");
  CHECK_FALSE(newest->answered());
}
