#include "net/transport/address_limits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/transport/handshake.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

const address_limits::clock::time_point start{1h};

using places = std::vector<address_place>;

/// Takes a place and keeps it; why not, when it was refused.
std::optional<errc> take(address_limits& limits, places& kept, const std::string& address,
                         address_limits::clock::time_point now = start) {
  auto got = limits.take(address, now);
  if (!got) return got.error();
  kept.push_back(std::move(*got));
  return std::nullopt;
}

}  // namespace

TEST_CASE("an address has so many connections, and gets a place back when one goes") {
  address_limits limits({.max_connections = 2}, {});
  places one, other;
  CHECK_FALSE(take(limits, one, "10.0.0.1"));
  CHECK_FALSE(take(limits, one, "10.0.0.1"));
  CHECK(take(limits, one, "10.0.0.1") == errc::too_many_connections);
  CHECK_FALSE(take(limits, other, "10.0.0.2"));
  one.pop_back();
  CHECK_FALSE(take(limits, one, "::ffff:10.0.0.1"));  // the same
  CHECK(take(limits, one, "10.0.0.1") == errc::too_many_connections);
}

TEST_CASE("a handshake keeps the place for as long as it lives, wherever it moves") {
  address_limits limits({.max_connections = 1}, {});
  std::optional<handshake> kept;
  {
    handshake first({.target = "/", .address = "10.0.0.1", .headers = {}});
    first.hold(std::move(*limits.take(first.address(), start)));
    kept = std::move(first);
  }
  CHECK_FALSE(limits.take("10.0.0.1", start));
  kept = handshake{};
  CHECK(limits.take("10.0.0.1", start));
}

TEST_CASE("addresses of IPv6 that share 64 bits are one client") {
  address_limits limits({.max_connections = 1}, {});
  places kept;
  CHECK_FALSE(take(limits, kept, "2001:db8:0:1::1"));
  CHECK(take(limits, kept, "2001:db8:0:1:ffff::2"));
  CHECK_FALSE(take(limits, kept, "2001:db8:0:2::1"));
}

TEST_CASE("an address connects so often, and as often at once after a quiet second") {
  address_limits limits({.max_connect_rate = 10}, {});
  places kept;
  for (int i = 0; i < 10; ++i) CHECK_FALSE(take(limits, kept, "10.0.0.1"));
  CHECK(take(limits, kept, "10.0.0.1") == errc::connects_too_often);
  CHECK_FALSE(take(limits, kept, "10.0.0.2"));
  CHECK_FALSE(take(limits, kept, "10.0.0.1", start + 100ms));
  CHECK(take(limits, kept, "10.0.0.1", start + 100ms));
}

TEST_CASE("what is no address has no bound, and is not remembered") {
  address_limits limits({.max_connections = 1, .max_connect_rate = 1}, {});
  places kept;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(take(limits, kept, "unix"));
  CHECK(limits.addresses() == 0);
}

TEST_CASE("a proxy that names no clients has no bound, and operators are told") {
  std::vector<std::string> lines;
  address_limits limits({.max_connections = 10, .max_connect_rate = 10}, {"10.0.0.0/8"},
                        [&](std::string_view line) { lines.emplace_back(line); });
  places kept;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(take(limits, kept, "10.0.0.1"));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "proxy 10.0.0.1 has 5 connections and names no clients: it is not limited "
        "(X-Forwarded-For)");
}

TEST_CASE("addresses that left are forgotten: the table follows the connections") {
  address_limits limits({.max_connections = 1, .max_connect_rate = 10}, {});
  auto now = start;
  std::size_t most = 0;
  for (int i = 0; i < 100'000; ++i) {
    places gone;
    REQUIRE_FALSE(take(limits, gone,
                       "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
                           std::to_string(i & 255),
                       now));
    now += 1ms;
    if (i % 1000 == 0) most = std::max(most, limits.addresses());
  }
  CHECK(most <= 2 * (2000 + 16 * 256));
}

TEST_CASE("operators are told of an address that many share, once in ten seconds") {
  std::vector<std::string> lines;
  address_limits limits({.max_connections = 100}, {},
                        [&](std::string_view line) { lines.emplace_back(line); });
  places kept;
  for (int i = 0; i < 110; ++i) take(limits, kept, "10.0.0.1");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "10.0.0.1 has 50 connections, half of max_connections_per_address; if that is a proxy, "
        "name it in trusted_proxies");
  take(limits, kept, "10.0.0.1", start + 11s);
  REQUIRE(lines.size() == 2);
  CHECK(lines[1] ==
        "10.0.0.1 has 100 connections (max_connections_per_address) and is refused more; if that "
        "is a proxy, name it in trusted_proxies");
}

TEST_CASE("places of all threads are counted, and outlive the limits") {
  places left;
  {
    address_limits limits({.max_connections = 1000}, {});
    std::vector<places> taken(4);
    std::vector<std::thread> threads;
    for (auto& mine : taken)
      threads.emplace_back([&limits, &mine] {
        for (int i = 0; i < 1000; ++i) {
          take(limits, mine, "10.0.0.1");
          if (i % 2 == 0) mine.clear();
        }
      });
    for (auto& t : threads) t.join();
    std::size_t held = 0;
    for (auto& mine : taken) held += mine.size();
    while (held < 1000) {
      REQUIRE_FALSE(take(limits, left, "10.0.0.1"));
      ++held;
    }
    CHECK(take(limits, left, "10.0.0.1") == errc::too_many_connections);
  }
}

TEST_CASE("limits for each address are off unless proxies are named or they are asked for") {
  transport_options options;
  CHECK_FALSE(address_limits::bounds_of(options));
  options.trusted_proxies = {"10.0.0.0/8"};
  CHECK(address_limits::bounds_of(options).max_connections == 1000);
  CHECK(address_limits::bounds_of(options).max_connect_rate == 200);
  options.max_connections_per_address = 7;
  CHECK(address_limits::bounds_of(options).max_connections == 7);
  options.trusted_proxies.clear();
  CHECK(address_limits::bounds_of(options).max_connect_rate == 0);
}

TEST_CASE("an address that has too many sessions is refused another, over either transport") {
  address_limits limits({.max_connections = 1}, {});
  test_server server({}, {}, 1 << 30, [&](loop_hooks& hooks) { hooks.addresses = &limits; });
  const auto first = server.connect();

  polling_client poller(server);
  poller.get({});
  const auto refused = poller.reply();
  CHECK(refused.status == 429);
  CHECK(refused.body == R"({"code":4,"message":"Too many connections from this address"})");

  test_client socket(server.port);
  socket.send(upgrade_request());
  CHECK(server.wait_end(socket));
  CHECK(socket.raw().starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  CHECK(socket.raw().ends_with("\r\n\r\nToo many connections from this address"));
  CHECK(server.loop.counters().refused_address.get() == 2);
  CHECK(server.loop.counters().http_refused.get() == 2);

  server.last().link->close(close_reason::forced_server_close);
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  server.sessions.clear();
  poller.open();
}
