#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include "cluster/node/server.hpp"
#include "tests/unit/cluster/raw_client.hpp"

using namespace pushmesh;
using pushmesh::test::raw_client;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int waves = 10;
constexpr bool heap_is_measurable = false;
#else
constexpr int waves = 100;
constexpr bool heap_is_measurable = true;
#endif
constexpr int connections_per_wave = 1000;

server_options quiet(unsigned shards) {
  server_options o;
  o.listen = "127.0.0.1:0";
  o.shards = shards;
  o.actors.log = [](int, std::string_view) {};
  return o;
}

/// Waits until the server holds nothing of its clients any more.
void wait_until_empty(const server& io) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (;;) {
    const auto s = io.stats();
    if (s.socket_actors == 0 && s.connections == 0 && s.sockets == 0) return;
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("after 100,000 connections whose handlers hold their socket_ref nothing is left") {
  server io(quiet(2));
  io.on_connection([](pushmesh::socket& s) {
    s.join("room" + s.id().str());
    s.data() = s.ref();
    s.on("own", [ref = s.ref()](pushmesh::socket&, event& e) {
      auto answer = e.take_ack();
      ref.post([answer](pushmesh::socket&) { answer(1); });
    });
  });
  io.start();
  const auto own_frames = io.stats().outbound_bytes;  // each loop keeps its ping
  std::size_t before = 0;
  for (int wave = 0; wave < waves; ++wave) {
    {
      std::vector<raw_client> clients;
      for (int i = 0; i < connections_per_wave; ++i) clients.emplace_back(io.port());
      for (auto& c : clients) c.join();
      for (auto& c : clients) c.send_text("421[\"own\"]");
      for (auto& c : clients) CHECK(c.expect("43") == "431[1]");
    }
    wait_until_empty(io);
    // The first waves fill caches and tables that stay.
    if (wave == waves / 5) before = mallinfo2().uordblks;
  }
  CHECK(io.stats().rooms == 0);
  CHECK(io.stats().outbound_bytes == own_frames);
  if (heap_is_measurable) {
    const auto grown = static_cast<long>(mallinfo2().uordblks) - static_cast<long>(before);
    CHECK_MESSAGE(grown < 64 * 1024, grown);
  }
}

TEST_CASE(
    "stopping while messages arrive ends cleanly, and what is used afterwards has no effect") {
  std::atomic<bool> go_on{true};
  std::vector<std::thread> talkers;
  socket_ref kept;
  target everybody = [&] {
    server io(quiet(2));
    std::mutex mutex;
    io.on_connection([&](pushmesh::socket& s) {
      std::lock_guard lock(mutex);
      kept = s.ref();
    });
    io.on("talk", [](pushmesh::socket& s, event& e) {
      s.broadcast().emit("said", e.args());
      e.ack("ok");
    });
    io.start();
    auto all = io.of("/").all();
    std::atomic<int> joined{0}, lost{0};
    for (int t = 0; t < 4; ++t)
      talkers.emplace_back([&, port = io.port()] {
        try {
          raw_client c(port);
          c.join();
          ++joined;
          while (go_on) {
            c.send_text("421[\"talk\",\"" + std::string(200, 'x') + "\"]");
            c.expect("43");
          }
        } catch (const std::runtime_error&) {  // the server went
          ++lost;
        }
      });
    // Jobs for the shards without end, also while they stop; to nobody, because a flood would
    // only have the talkers closed as slow consumers.
    std::thread emitter([&] {
      while (go_on) all.to("empty room").emit("tick", 1);
    });
    while (joined + lost < 4) std::this_thread::yield();
    while (io.stats().events_in < 200 && lost == 0) std::this_thread::yield();
    CHECK(lost == 0);
    io.stop();
    CHECK(io.stats().socket_actors == 0);
    CHECK(io.stats().disconnects[static_cast<int>(close_reason::server_shutting_down)] == 4);
    go_on = false;
    emitter.join();
    return all;
  }();
  for (auto& t : talkers) t.join();
  everybody.emit("nobody there");
  bool ran = false;
  kept.post([&](pushmesh::socket&) { ran = true; });
  CHECK_FALSE(ran);
}

TEST_CASE("a port in use is an error that names the address") {
  server first(quiet(1));
  first.start();
  auto taken = quiet(1);
  taken.listen = "127.0.0.1:" + std::to_string(first.port());
  server second(taken);
  try {
    second.start();
    FAIL("started");
  } catch (const start_error& e) {
    CHECK(std::string(e.what()).find(taken.listen) != std::string::npos);
    CHECK(std::string(e.what()).find("in use") != std::string::npos);
  }
}

TEST_CASE("handlers are registered before the server starts") {
  server io(quiet(1));
  io.start();
  CHECK_THROWS_AS(io.on("late", [](pushmesh::socket&, event&) {}), std::logic_error);
}
