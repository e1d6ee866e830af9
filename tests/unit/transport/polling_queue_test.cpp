// The bounds of what waits for a client's next poll.
#include <doctest/doctest.h>

#include <string>

#include "net/transport/polling_session.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;
using pushmesh::overflow_policy;

namespace {

const std::string unknown = R"({"code":1,"message":"Session ID unknown"})";

}  // namespace

TEST_CASE("the queue of a client that does not poll is bounded") {
  transport_options options;
  options.max_queue_bytes = 10'000;
  const std::string kilobyte(1000, 'x');
  SUBCASE("in bytes: the client is closed") {
    test_server server(options);
    polling_client client(server);
    const auto sid = client.open();
    server.turn();
    for (int i = 0; i < 20; ++i) server.last().send(kilobyte, {.event_hash = 1});
    REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
    CHECK(server.last().closed == close_reason::slow_consumer);
    CHECK(client.body_of(sid) == unknown);
  }
  SUBCASE("in bytes: the oldest go") {
    options.overflow = overflow_policy::drop_oldest;
    test_server server(options);
    polling_client client(server);
    const auto sid = client.open();
    server.turn();
    for (int i = 0; i < 20; ++i)
      server.last().send(std::to_string(i) + kilobyte, {.event_hash = 1});
    const auto body = client.body_of(sid);
    CHECK(body.size() <= 10'000);
    CHECK(body.ends_with("419" + kilobyte));
    CHECK_FALSE(server.last().closed);
  }
  SUBCASE("in time") {
    options.max_queue_age = 50ms;
    test_server server(options);
    polling_client client(server);
    client.open();
    server.last().send("x");
    REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
    CHECK(server.last().closed == close_reason::slow_consumer);
  }
  SUBCASE("but not while its poll is held") {
    test_server server(options);
    polling_client client(server);
    const auto sid = client.open();
    client.get(sid);
    REQUIRE(server.run_until([&] { return server.last().link->writable(); }));
    for (int i = 0; i < 20; ++i) server.last().send(kilobyte, {.event_hash = 1});
    CHECK(client.reply().body.size() == 20 * 1001 + 19);
  }
}

TEST_CASE("the node's budget closes those who do not poll") {
  test_server server({}, {}, 1 << 20);
  polling_client client(server);
  const auto sid = client.open();
  server.last().send(std::string(600'000, 'x'));
  polling_client other(server);
  other.open();
  server.last().send(std::string(700'000, 'x'));
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  CHECK(server.last().closed == close_reason::node_overloaded);
  CHECK_FALSE(server.sessions.front()->closed);
}
