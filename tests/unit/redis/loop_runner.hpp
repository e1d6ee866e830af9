#pragma once

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/redis/client.hpp"
#include "net/redis/subscription.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/options.hpp"
#include "net/transport/outbound_budget.hpp"

namespace pushmesh::test {

/// A loop that runs on the test's thread while the test waits for something.
class loop_runner {
 public:
  template <class Condition>
  bool until(Condition holds, std::chrono::seconds patience = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop.begin_turn();
      loop.may_sleep();
      loop.context().run_one_for(std::chrono::milliseconds(20));
      loop.begin_turn();
      loop.context().restart();
      loop.context().poll();
      loop.finish_turn();
    }
    return true;
  }

 private:
  net::transport_options transport_;
  net::outbound_budget budget_{1 << 20};

 public:
  net::io_loop loop{transport_, budget_, {}};
};

inline bool mentions(const std::vector<std::string>& lines, std::string_view what) {
  for (const auto& line : lines)
    if (line.find(what) != line.npos) return true;
  return false;
}

/// A client and what it said.
struct recorded_client final : net::redis::client_events {
  recorded_client(loop_runner& runner, const std::string& url,
                  const net::redis::redis_options& options)
      : run(runner), client(runner.loop, *net::redis::parse_redis_url(url), options, *this) {
    client.start();
  }
  void on_ready() override { ++ready; }
  void on_lost(const std::string& why) override { losses.push_back(why); }
  void on_push(net::redis::reply) override {}

  /// Sends and waits.
  net::redis::redis_result ask(std::initializer_list<std::string_view> words) {
    std::optional<net::redis::redis_result> answer;
    client.send(words, [&](net::redis::redis_result r) { answer = std::move(r); });
    REQUIRE(run.until([&] { return answer.has_value(); }));
    return *answer;
  }
  bool wait_ready() {
    return run.until([this] { return client.ready(); });
  }

  loop_runner& run;
  int ready = 0;
  std::vector<std::string> losses;
  net::redis::client client;
};

/// A subscription and what it said.
struct recorded_subscription final : net::redis::subscription_events {
  recorded_subscription(loop_runner& runner, const std::string& url,
                        const net::redis::redis_options& options, std::string pattern = "k#*")
      : run(runner),
        subscription(runner.loop, *net::redis::parse_redis_url(url), options, {std::move(pattern)},
                     "k#probe", *this) {
    subscription.start();
  }
  void on_message(std::string_view channel, std::string payload) override {
    messages.push_back(std::string(channel) + " " + payload);
    if (time_for_each > time_for_each.zero()) std::this_thread::sleep_for(time_for_each);
  }
  void on_live(const std::string& why) override {
    ++live;
    unproven = why;
  }
  void on_down(const std::string& why) override { losses.push_back(why); }
  bool wait_live() {
    return run.until([this] { return subscription.live(); });
  }
  bool wait_messages(std::size_t count) {
    return run.until([&] { return messages.size() >= count; });
  }

  loop_runner& run;
  std::chrono::milliseconds time_for_each{0};
  int live = 0;
  std::string unproven;
  std::vector<std::string> messages, losses;
  net::redis::subscription subscription;
};

}  // namespace pushmesh::test
