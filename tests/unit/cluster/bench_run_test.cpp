#include "cluster/node/bench/bench_run.hpp"

#include <doctest/doctest.h>

#include "cluster/node/bench/bench.hpp"
#include "cluster/node/bench/load_plan.hpp"
#include "tests/unit/cluster/bench_fake_server.hpp"

using namespace pushmesh::bench;
using namespace std::chrono_literals;
using bench_test::fake_server;

namespace {

bench_options load_on(const std::string& address) {
  bench_options o;
  o.urls = {address};
  o.connections = 40;
  o.duration = 300ms;
  o.broadcast_every = 100ms;
  o.quiet = true;
  return o;
}

bench_result run(const bench_options& o) {
  REQUIRE(find_mistake(o).empty());
  std::vector<server_address> servers;
  for (const auto& url : o.urls) servers.push_back(*resolve(*pushmesh::host_port::parse(url)));
  const machine_limits limits{1'024, 28'232};
  const auto plan = plan_load(o, limits, true);
  REQUIRE(plan);
  return bench_run({o, servers, *plan}, limits).run();
}

std::uint64_t failed_by(const bench_result& r, failure f) {
  return r.failed[static_cast<std::size_t>(f)];
}

}  // namespace

TEST_CASE("a bench run connects, broadcasts over its control connection and echoes") {
  fake_server server;
  auto o = load_on(server.address());
  o.processes = 3;
  o.echo_rate = 200;
  const auto r = run(o);
  CHECK(r.connected == 40);
  CHECK(r.live_at_end == 40);
  CHECK(r.failed_total() == 0);
  CHECK(r.workers.size() == 3);
  CHECK(r.broadcasts >= 1);
  CHECK(r.complete == r.broadcasts);
  CHECK(r.messages == 40 * r.broadcasts);
  CHECK(r.latency.count() == r.messages);
  CHECK(r.completion.count() == r.broadcasts);
  CHECK(r.completion.max() == r.latency.max());
  CHECK(r.echoes_sent > 0);
  CHECK(r.echoes_answered == r.echoes_sent);
  CHECK(r.echo.count() == r.echoes_answered);
  CHECK(r.is_good());
  CHECK(server.joins() == 41);
}

TEST_CASE("a bench run posts its broadcasts to a URL") {
  fake_server server;
  auto o = load_on(server.address());
  o.publish_url = server.address() + "/publish";
  const auto r = run(o);
  CHECK(r.broadcasts >= 1);
  CHECK(r.complete == r.broadcasts);
  CHECK(r.source_error.empty());
  CHECK(r.is_good());
  CHECK(server.joins() == 40);
}

TEST_CASE("a bench run does not POST again before it is answered") {
  fake_server server;
  auto o = load_on(server.address());
  o.publish_url = server.address() + "/publish";
  o.broadcast_every = 2ms;
  o.duration = 1'000ms;
  const auto r = run(o);
  CHECK(r.source_error.empty());
  CHECK(r.broadcasts > 10);
  CHECK(r.complete == r.broadcasts);
}

TEST_CASE("a bench run deals its clients to several servers") {
  fake_server a, b;
  auto o = load_on(a.address());
  o.urls = {a.address(), b.address()};
  o.broadcast_every = 0ms;
  const auto r = run(o);
  CHECK(r.is_good());
  CHECK(a.joins() == 20);
  CHECK(b.joins() == 20);
}

TEST_CASE("a server that leaves clients out is found out") {
  fake_server server({.skips_every = 10});
  const auto r = run(load_on(server.address()));
  CHECK(r.connected == 40);
  CHECK(r.complete == 0);
  CHECK(r.incomplete == r.broadcasts);
  CHECK(r.missing == 4 * r.broadcasts);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("a server that sends to some clients twice is found out") {
  fake_server server({.doubles_every = 10});
  const auto r = run(load_on(server.address()));
  CHECK(r.complete == r.broadcasts);
  CHECK(r.repeated == 4 * r.broadcasts);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("a server that does not answer echoes is found out") {
  fake_server server({.forgets_acks = true});
  auto o = load_on(server.address());
  o.broadcast_every = 0ms;
  o.echo_rate = 100;
  const auto r = run(o);
  CHECK(r.echoes_sent > 0);
  CHECK(r.echoes_answered == 0);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("a dropped client is counted and not waited for") {
  fake_server server({.drops_at_broadcast = 2});
  auto o = load_on(server.address());
  o.duration = 1'000ms;
  const auto r = run(o);
  CHECK(r.broadcasts >= 2);
  CHECK(r.dropped == 1);
  CHECK(r.live_at_end == 39);
  CHECK(r.complete == r.broadcasts);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("with --reconnect a dropped client comes back") {
  fake_server server({.drops_at_broadcast = 1});
  auto o = load_on(server.address());
  o.reconnect = true;
  o.duration = 1'500ms;
  const auto r = run(o);
  CHECK(r.dropped == 1);
  CHECK(r.reconnected == 1);
  CHECK(r.live_at_end == 40);
  CHECK(r.is_good());
}

TEST_CASE("stalled clients are not waited for") {
  fake_server server;
  auto o = load_on(server.address());
  o.stall = 0.25;
  const auto r = run(o);
  CHECK(r.stalled == 10);
  CHECK(r.live_at_end == 40);
  CHECK(r.messages == 30 * r.broadcasts);
  CHECK(r.is_good());
}

TEST_CASE("refused upgrades are counted with their status") {
  fake_server server({.refuses_upgrades = true});
  auto o = load_on(server.address());
  o.broadcast_every = 0ms;
  const auto r = run(o);
  CHECK(r.connected == 0);
  CHECK(failed_by(r, failure::http_status) == 40);
  CHECK(r.last_http_status == 503);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("a server that does not answer costs no more than the connect timeout") {
  fake_server server({.is_silent = true});
  auto o = load_on(server.address());
  o.broadcast_every = 0ms;
  o.connect_timeout = 200ms;
  const auto r = run(o);
  CHECK(failed_by(r, failure::timed_out) == 40);
  CHECK_FALSE(r.is_good());
}

TEST_CASE("nobody who listens is told as refused") {
  std::string address;
  {
    fake_server gone;
    address = gone.address();
  }
  auto o = load_on(address);
  o.broadcast_every = 0ms;
  const auto r = run(o);
  CHECK(failed_by(r, failure::refused) == 40);
}

TEST_CASE("broadcasts without a server to emit them are a failure") {
  fake_server server({.is_silent = true});
  auto o = load_on(server.address());
  o.connect_timeout = 100ms;
  o.publish_url = "127.0.0.1:1/publish";
  const auto r = run(o);
  CHECK(r.source_error.starts_with("--publish-url: 127.0.0.1:1: "));
  CHECK_FALSE(r.is_good());
}
