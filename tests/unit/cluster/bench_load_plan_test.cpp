#include "cluster/node/bench/load_plan.hpp"

#include <doctest/doctest.h>

#include <set>

#include "cluster/node/bench/pacer.hpp"

using namespace pushmesh::bench;

namespace {

constexpr machine_limits usual{20'000, 28'232};

bench_options with_connections(std::uint64_t n) {
  bench_options o;
  o.connections = n;
  return o;
}

}  // namespace

TEST_CASE("100,000 connections are dealt to processes without gap or overlap") {
  const auto plan = plan_load(with_connections(100'000), usual, true);
  REQUIRE(plan);
  REQUIRE(plan->processes.size() == 6);
  std::uint64_t next = 0;
  for (const auto& p : plan->processes) {
    CHECK(p.first == next);
    CHECK(p.connections <= 18'000);
    next += p.connections;
  }
  CHECK(next == 100'000);
  CHECK(plan->warnings.empty());
}

TEST_CASE("each process has loopback addresses of its own with at most 1,000 connections each") {
  const auto plan = plan_load(with_connections(100'000), usual, true);
  REQUIRE(plan);
  std::set<std::string> seen;
  for (const auto& p : plan->processes) {
    CHECK(p.connections <= p.sources.size() * 1'000);
    for (const auto& s : p.sources) CHECK(seen.insert(s).second);
  }
  CHECK(plan->processes[0].sources[0] == "127.0.1.1");
}

TEST_CASE("several servers need fewer source addresses") {
  auto o = with_connections(16'000);
  o.urls = {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4"};
  const auto plan = plan_load(o, usual, true);
  REQUIRE(plan);
  CHECK(plan->processes[0].sources.size() == 4);
}

TEST_CASE("few descriptors make more processes") {
  const auto plan = plan_load(with_connections(5'000), {1'024, 28'232}, true);
  REQUIRE(plan);
  CHECK(plan->processes.size() == 6);
  for (const auto& p : plan->processes) CHECK(p.connections <= 1'024 - 32);
}

TEST_CASE("too few descriptors for any number of processes is said with the limit") {
  const auto plan = plan_load(with_connections(1'000'000), {1'024, 28'232}, true);
  REQUIRE_FALSE(plan);
  CHECK(plan.error().find("descriptors run out") != std::string::npos);
  CHECK(plan.error().find("1024") != std::string::npos);
  CHECK_FALSE(plan_load(with_connections(1), {32, 28'232}, true));
}

TEST_CASE("the number of processes can be raised but not lowered below what is needed") {
  auto o = with_connections(40'000);
  o.processes = 8;
  CHECK(plan_load(o, usual, true)->processes.size() == 8);
  o.processes = 1;
  const auto plan = plan_load(o, usual, true);
  CHECK(plan->processes.size() == 3);
  REQUIRE(plan->warnings.size() == 1);
  CHECK(plan->warnings[0].starts_with("descriptors: 3 processes instead of 1"));
  o.processes = 129;
  CHECK_FALSE(plan_load(o, usual, true));
  o.connections = 2;
  o.processes = 8;
  CHECK(plan_load(o, usual, true)->processes.size() == 2);
}

TEST_CASE("source ports that will not suffice off loopback are announced") {
  auto o = with_connections(60'000);
  auto plan = plan_load(o, usual, false);
  REQUIRE(plan);
  CHECK(plan->processes[0].sources.empty());
  REQUIRE(plan->warnings.size() == 1);
  CHECK(plan->warnings[0].starts_with("source ports will run out"));

  o.sources = {"10.0.0.1", "10.0.0.2", "10.0.0.3"};
  plan = plan_load(o, usual, false);
  CHECK(plan->warnings.empty());
  CHECK(plan->processes[1].sources == o.sources);
}

TEST_CASE("the stalled share is met and spread evenly") {
  for (const double share : {0.0, 0.01, 0.1, 0.25, 1.0 / 3, 0.5, 0.999, 1.0}) {
    int stalled = 0;
    int longest_run_without = 0;
    int run = 0;
    for (std::uint64_t i = 0; i < 30'000; ++i) {
      const bool is = is_stalled(i, share);
      stalled += is;
      run = is ? 0 : run + 1;
      longest_run_without = std::max(longest_run_without, run);
    }
    CAPTURE(share);
    CHECK(stalled == doctest::Approx(30'000 * share).epsilon(0.0001));
    if (share > 0) CHECK(longest_run_without <= 1 / share);
  }
}

TEST_CASE("a pacer gives what is due and no more") {
  pacer p(1'000);
  p.start(5'000'000);
  CHECK(p.take(5'000'000, 100) == 0);
  CHECK(p.take(5'001'000, 100) == 1);
  CHECK(p.take(5'001'000, 100) == 0);
  CHECK(p.take(5'051'000, 20) == 20);
  CHECK(p.take(5'051'000, 100) == 30);
  CHECK(p.take(4'000'000, 100) == 0);
}

TEST_CASE("a pacer without a rate gives all that is asked for") {
  pacer p(0);
  p.start(0);
  CHECK(p.take(0, 77) == 77);
}
