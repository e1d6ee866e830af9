#include "net/redis/subscription.hpp"

#include <doctest/doctest.h>

#include "tests/unit/redis/loop_runner.hpp"
#include "tests/unit/redis/redis_server.hpp"

using namespace pushmesh::net::redis;
using namespace pushmesh::test;
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

namespace {

redis_options patient() {
  redis_options o;
  o.command_timeout = 10s;
  o.connect_timeout = 10s;
  return o;
}

}  // namespace

TEST_CASE("messages of a pattern arrive in order, those of others do not") {
  redis_server server;
  loop_runner run;
  const auto options = patient();
  recorded_subscription s(run, server.url(), options);
  REQUIRE(s.wait_live());
  CHECK(s.unproven.empty());
  recorded_client back_end(run, server.url(), options);
  REQUIRE(back_end.wait_ready());
  REQUIRE(back_end.ask({"PUBLISH", "other", "x"}));
  for (int i = 0; i < 1000; ++i)
    back_end.client.send({"PUBLISH", "k#/#", std::to_string(i)}, [](redis_result) {});
  REQUIRE(s.wait_messages(1000));
  for (int i = 0; i < 1000; ++i)
    REQUIRE(s.messages[static_cast<std::size_t>(i)] == "k#/# " + std::to_string(i));
}

TEST_CASE("a subscription is restored and proven after Redis was killed") {
  redis_server server;
  loop_runner run;
  const auto options = patient();
  recorded_subscription s(run, server.url(), options);
  REQUIRE(s.wait_live());
  for (int round = 2; round < 4; ++round) {
    server.kill();
    REQUIRE(run.until([&] { return !s.subscription.live(); }));
    server.start();
    REQUIRE(s.wait_live());
    CHECK(s.live == round);
  }
  s.subscription.publish("k#/#", "back", [](redis_result) {});
  REQUIRE(s.wait_messages(1));
  CHECK(s.messages == lines{"k#/# back"});
}

TEST_CASE("a frozen Redis is noticed although nothing was asked") {
  redis_server server;
  loop_runner run;
  redis_options options;
  options.command_timeout = 300ms;
  options.ping_interval = 100ms;
  recorded_subscription s(run, server.url(), options);
  REQUIRE(s.wait_live());
  server.signal(SIGSTOP);
  REQUIRE(run.until([&] { return !s.subscription.live(); }));
  server.signal(SIGCONT);
  CHECK(s.wait_live());
}

TEST_CASE("a user without the right to subscribe is told so") {
  redis_server server(0, {"--user", "ada", "on", ">pw", "resetchannels", "&other", "+@all"});
  loop_runner run;
  const auto options = patient();
  recorded_subscription s(run, server.url("ada:pw@"), options);
  REQUIRE(run.until([&] { return mentions(s.losses, "NOPERM"); }));
  CHECK(s.live == 0);
}

TEST_CASE("a user without the right to publish gets messages, unproven") {
  redis_server server(0, {"--user", "ada", "on", ">pw", "allchannels", "+@all", "-publish"});
  loop_runner run;
  const auto options = patient();
  recorded_subscription s(run, server.url("ada:pw@"), options);
  REQUIRE(s.wait_live());
  CHECK(s.unproven.substr(0, 6) == "NOPERM");
  recorded_client back_end(run, server.url(), options);
  REQUIRE(back_end.wait_ready());
  REQUIRE(back_end.ask({"PUBLISH", "k#/#", "x"}));
  CHECK(s.wait_messages(1));
}

TEST_CASE("a pattern that does not match the probe is found out") {
  redis_server server;
  loop_runner run;
  redis_options options;
  options.command_timeout = 200ms;
  options.connect_timeout = 200ms;
  recorded_subscription s(run, server.url(), options, "elsewhere#*");
  REQUIRE(run.until([&] { return mentions(s.losses, "a message we published did not come"); }));
  CHECK(s.live == 0);
}

TEST_CASE("a paused subscription takes nothing in, and everything after") {
  redis_server server;
  loop_runner run;
  redis_options options;
  options.command_timeout = 2s;
  options.ping_interval = 100ms;
  recorded_subscription s(run, server.url(), options);
  REQUIRE(s.wait_live());
  recorded_client back_end(run, server.url(), options);
  REQUIRE(back_end.wait_ready());
  const auto attempts = s.losses.size();
  s.subscription.pause();
  for (int i = 0; i < 100; ++i) REQUIRE(back_end.ask({"PUBLISH", "k#/#", std::to_string(i)}));
  CHECK(s.messages.empty());
  s.subscription.resume();
  REQUIRE(s.wait_messages(100));
  CHECK(s.live == 1);
  CHECK(s.losses.size() == attempts);
}

TEST_CASE("a Redis that has much to say is not taken for a frozen one") {
  redis_server server(0, {"--client-output-buffer-limit", "pubsub 0 0 0"});
  loop_runner run;
  redis_options options;
  options.command_timeout = 250ms;
  options.ping_interval = 20ms;
  recorded_subscription s(run, server.url(), options);
  REQUIRE(s.wait_live());
  const auto patience = patient();
  recorded_client back_end(run, server.url(), patience);
  REQUIRE(back_end.wait_ready());
  // Taken in slowly: the answer to a PING is behind a second of messages.
  s.time_for_each = 2ms;
  const auto attempts = s.losses.size();
  const std::string large(15'000, 'x');
  for (int i = 0; i < 500; ++i)
    back_end.client.send({"PUBLISH", "k#/#", large}, [](redis_result) {});
  REQUIRE(s.wait_messages(500));
  CHECK(s.live == 1);
  CHECK(s.losses.size() == attempts);
}
