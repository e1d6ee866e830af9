#include "cluster/link/tls_failure_log.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using pushmesh::net::tls_failure;

namespace {

const tls_failure stranger{tls_failure::side::accepted, "10.0.0.9:4711", "it shows no certificate"};
constexpr tls_failure_log::clock::time_point start{};

}  // namespace

TEST_CASE("a failed TLS connection is a line that says who and why") {
  tls_failure_log log;
  CHECK(log.line(stranger, start) ==
        "the TLS connection from 10.0.0.9 failed: it shows no certificate");
  CHECK(log.line({tls_failure::side::dialled, "[fe80::1]:7400", "it is late"}, start) ==
        "the TLS connection to [fe80::1]:7400 failed: it is late");
}

TEST_CASE("the same failure is logged once in a minute, and counted each time") {
  tls_failure_log log;
  CHECK(log.line(stranger, start));
  auto again = stranger;
  again.peer = "10.0.0.9:4712";
  CHECK_FALSE(log.line(again, start + 59s));
  again.reason = "another one";
  CHECK(log.line(again, start + 59s));
  CHECK(log.line(stranger, start + 60s));
  CHECK(log.total() == 4);
}

TEST_CASE("strangers of many addresses cannot fill the log or the memory") {
  tls_failure_log log;
  std::size_t lines = 0;
  for (int i = 0; i < 1000; ++i) {
    auto f = stranger;
    f.peer = "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1";
    if (log.line(f, start)) ++lines;
  }
  CHECK(lines == tls_failure_log::max_known);
  CHECK(log.line(stranger, start + 61s));
}
