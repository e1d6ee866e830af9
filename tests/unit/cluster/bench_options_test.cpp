#include "cluster/node/bench/bench_options.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cluster/node/bench/bench_cli.hpp"

using namespace pushmesh::bench;
using namespace std::chrono_literals;

namespace {

bench_options parse(std::vector<std::string> arguments) {
  CLI::App app;
  bench_options options;
  define_bench_options(app, options);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  return options;
}

std::string mistake(const std::function<void(bench_options&)>& change) {
  bench_options options;
  change(options);
  return find_mistake(options);
}

}  // namespace

TEST_CASE("bench runs with its defaults") {
  CHECK(find_mistake(parse({})).empty());
}

TEST_CASE("every option of bench is read") {
  const auto o = parse({"--url",
                        "127.0.0.1:1,[::1]:2",
                        "--path",
                        "/p/",
                        "--namespace",
                        "/n",
                        "--connections",
                        "100000",
                        "--rate",
                        "2500.5",
                        "--in-flight",
                        "9",
                        "--connect-timeout",
                        "7s",
                        "--processes",
                        "6",
                        "--source",
                        "127.0.0.8",
                        "--duration",
                        "1m",
                        "--broadcast-every",
                        "250ms",
                        "--publish-url",
                        "http://127.0.0.1:3/publish",
                        "--size",
                        "1KiB",
                        "--echo-rate",
                        "100",
                        "--join",
                        "12",
                        "--stall",
                        "10%",
                        "--reconnect",
                        "--json",
                        "--quiet"});
  CHECK(o.urls == std::vector<std::string>{"127.0.0.1:1", "[::1]:2"});
  CHECK(o.path == "/p/");
  CHECK(o.nsp == "/n");
  CHECK(o.connections == 100'000);
  CHECK(o.rate == 2500.5);
  CHECK(o.in_flight == 9);
  CHECK(o.connect_timeout == 7s);
  CHECK(o.processes == 6);
  CHECK(o.sources == std::vector<std::string>{"127.0.0.8"});
  CHECK(o.duration == 1min);
  CHECK(o.broadcast_every == 250ms);
  CHECK(o.publish_url == "http://127.0.0.1:3/publish");
  CHECK(o.size == 1024);
  CHECK(o.echo_rate == 100);
  CHECK(o.join == 12);
  CHECK(o.stall == doctest::Approx(0.1));
  CHECK(o.reconnect);
  CHECK(o.json);
  CHECK(o.quiet);
  CHECK(find_mistake(o).empty());
}

TEST_CASE("a share is a percentage or a fraction") {
  CHECK(parse({"--stall", "0.25"}).stall == 0.25);
  CHECK(parse({"--stall", "100%"}).stall == 1);
  for (const char* wrong : {"ten", "10%%", "10 %", "", "%"})
    CHECK_THROWS_AS(parse({"--stall", wrong}), CLI::ParseError);
}

TEST_CASE("times and sizes without a known unit are refused") {
  CHECK_THROWS_AS(parse({"--duration", "10"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--duration", "10 parsecs"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--size", "1kg"}), CLI::ParseError);
}

TEST_CASE("each mistake names its option") {
  using o = bench_options&;
  CHECK(mistake([](o x) { x.urls = {}; }).starts_with("--url"));
  CHECK(mistake([](o x) { x.urls = {"localhost"}; }).starts_with("--url"));
  CHECK(mistake([](o x) { x.urls = {"127.0.0.1:0"}; }).starts_with("--url"));
  CHECK(mistake([](o x) { x.sources = {"::1"}; }).starts_with("--source"));
  CHECK(mistake([](o x) { x.path = "socket.io"; }).starts_with("--path"));
  CHECK(mistake([](o x) { x.path = "/a b"; }).starts_with("--path"));
  CHECK(mistake([](o x) { x.nsp = "/a,b"; }).starts_with("--namespace"));
  CHECK(mistake([](o x) { x.nsp = "a"; }).starts_with("--namespace"));
  CHECK(mistake([](o x) { x.connections = 0; }).starts_with("--connections"));
  CHECK(mistake([](o x) { x.in_flight = 0; }).starts_with("--in-flight"));
  CHECK(mistake([](o x) { x.rate = -1; }).starts_with("--rate"));
  CHECK(mistake([](o x) { x.echo_rate = -1; }).starts_with("--echo-rate"));
  CHECK(mistake([](o x) { x.stall = 1.1; }).starts_with("--stall"));
  CHECK(mistake([](o x) { x.connect_timeout = 0ms; }).starts_with("--connect-timeout"));
  CHECK(mistake([](o x) { x.size = 1'000'000; }).starts_with("--size"));
  CHECK(mistake([](o x) { x.publish_url = "127.0.0.1:3"; }).starts_with("--publish-url"));
  CHECK(mistake([](o x) { x.publish_url = "127.0.0.1:3/p"; }).find("--broadcast-every") !=
        std::string::npos);
}

TEST_CASE("bench returns 64 for a mistake") {
  bench_options o;
  o.connections = 0;
  CHECK(run_bench(o) == 64);
}

TEST_CASE("a publish URL is split into server and path") {
  const auto target = parse_publish_url("http://[::1]:80/publish?room=a");
  REQUIRE(target);
  CHECK(target->server.host == "::1");
  CHECK(target->server.port == 80);
  CHECK(target->path == "/publish?room=a");
  CHECK_FALSE(parse_publish_url("https://127.0.0.1:80/"));
  CHECK_FALSE(parse_publish_url("127.0.0.1/"));
}
