#include "cluster/node/bench/report.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "net/protocol/json_scanner.hpp"

using namespace pushmesh::bench;

namespace {

bench_result good_run() {
  bench_result r;
  r.connections = r.connected = r.live_at_end = 10;
  r.connect_seconds = 2;
  r.seconds = 5;
  r.broadcasts = r.complete = 4;
  r.messages = 40;
  r.latency.record(1'500);
  r.echoes_sent = r.echoes_answered = 3;
  r.workers = {{0.25, 0.05}, {0.5, 0.1}};
  r.descriptor_limit = 20'000;
  r.source_ports = 28'232;
  return r;
}

void fail(bench_result& r, failure why) {
  --r.connected;
  --r.live_at_end;
  ++r.failed[static_cast<std::size_t>(why)];
}

// The only sentence about what ran out.
std::string only_sentence(const bench_result& r) {
  const auto all = exhausted_resources(r);
  return all.size() == 1 ? all[0] : std::to_string(all.size()) + " sentences";
}

}  // namespace

TEST_CASE("a run in which everything arrived is good") {
  CHECK(good_run().is_good());
  CHECK(exhausted_resources(good_run()).empty());
}

TEST_CASE("whatever is missing makes a run bad") {
  using change = void (*)(bench_result&);
  const change changes[] = {
      [](bench_result& r) { fail(r, failure::refused); },
      [](bench_result& r) { r.dropped = 1; },
      [](bench_result& r) { r.incomplete = 1; },
      [](bench_result& r) { r.repeated = 1; },
      [](bench_result& r) { r.echoes_answered = 2; },
      [](bench_result& r) { r.workers_died = 1; },
      [](bench_result& r) { r.source_error = "gone"; },
  };
  for (const auto apply : changes) {
    auto r = good_run();
    apply(r);
    CHECK_FALSE(r.is_good());
  }
}

TEST_CASE("with --reconnect it counts who is connected at the end") {
  auto r = good_run();
  r.reconnects = true;
  r.dropped = r.reconnected = 5;
  CHECK(r.is_good());
  r.live_at_end = 9;
  CHECK_FALSE(r.is_good());
}

TEST_CASE("stalled clients that the server closed are no failure") {
  auto r = good_run();
  r.stalled_closed = 2;
  r.live_at_end = 8;
  CHECK(r.is_good());
}

TEST_CASE("the report says which resource ran out") {
  const auto after = [](failure why) {
    auto r = good_run();
    fail(r, why);
    return only_sentence(r);
  };
  CHECK(after(failure::descriptors).starts_with("descriptors: 1 sockets"));
  CHECK(after(failure::descriptors).find("20000") != std::string::npos);
  CHECK(after(failure::source_ports).starts_with("source ports: 1 connects"));
  CHECK(after(failure::memory).starts_with("memory:"));
  CHECK(after(failure::refused) == "server: it refused 1 connections");
  CHECK(after(failure::http_status) == "server: it refused 1 connections");
  CHECK(after(failure::timed_out) == "server: 1 connections waited in vain for it");
  CHECK(after(failure::reset) == "server: it cut 1 connections");
}

TEST_CASE("a busy client process is told apart from a machine without free cores") {
  auto r = good_run();
  r.workers[1] = {0.95, 0};
  CHECK(only_sentence(r).starts_with("client CPU: a client process used 95 %"));
  r.workers[1] = {0.5, 0.45};
  CHECK(only_sentence(r).starts_with("cores: a client process wanted 95 % of a core and got 50 %"));
}

TEST_CASE("a client process that died is told with its signal") {
  auto r = good_run();
  r.workers_died = 1;
  r.worker_death = "killed by signal 9";
  CHECK(only_sentence(r).find("1 of 2 client processes died (killed by signal 9)") !=
        std::string::npos);
}

TEST_CASE("each errno of a socket has a cause") {
  CHECK(failure_of(EMFILE) == failure::descriptors);
  CHECK(failure_of(ENFILE) == failure::descriptors);
  CHECK(failure_of(EADDRNOTAVAIL) == failure::source_ports);
  CHECK(failure_of(ENOBUFS) == failure::memory);
  CHECK(failure_of(ECONNREFUSED) == failure::refused);
  CHECK(failure_of(ECONNRESET) == failure::reset);
  CHECK(failure_of(ETIMEDOUT) == failure::timed_out);
  CHECK(failure_of(EHOSTUNREACH) == failure::unreachable);
  CHECK(failure_of(EXDEV) == failure::other);
}

TEST_CASE("the JSON report is one JSON object on one line") {
  auto r = good_run();
  fail(r, failure::refused);
  fail(r, failure::http_status);
  r.source_error = "a \"quote\" and a \\";
  const auto text = json_report(r);
  const auto scanned = pushmesh::net::scan_json(text, 8);
  REQUIRE(scanned);
  CHECK(scanned->kind == pushmesh::net::json_kind::object);
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(text.find("\"failed_by\":{\"refused\":1,\"http_status\":1}") != std::string::npos);
  CHECK(text.find("\"connects_per_second\":4.000") != std::string::npos);
  CHECK(text.find("\"latency_ms\":{\"count\":1,\"mean\":1.500,") != std::string::npos);
  CHECK(text.find("\"ok\":false") != std::string::npos);
}

TEST_CASE("the text report names causes and result") {
  auto r = good_run();
  fail(r, failure::http_status);
  r.last_http_status = 503;
  const auto text = text_report(r);
  CHECK(text.find("failed        1 (upgrade refused with an HTTP status 1 (last 503))") !=
        std::string::npos);
  CHECK(text.find("NOT ok") != std::string::npos);
  CHECK(text_report(good_run()).find("ran out       nothing") != std::string::npos);
}
