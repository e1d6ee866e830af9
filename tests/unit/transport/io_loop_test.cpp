#include "net/transport/io_loop.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

struct probe : timer_node {
  probe() : timer_node([](timer_node& n) { ++static_cast<probe&>(n).fired; }) {}
  int fired = 0;
};

struct bare_loop {
  transport_options options;
  outbound_budget budget{1 << 30};
  io_loop loop{options, budget, {}};
};

}  // namespace

TEST_CASE_FIXTURE(bare_loop, "a loop without work has nothing to wake up for") {
  loop.begin_turn();
  CHECK_FALSE(loop.finish_turn());
  CHECK(loop.context().run_one() == 0);  // returns, because nothing is pending
}

TEST_CASE_FIXTURE(bare_loop, "a timer wakes the loop, also one armed for earlier later on") {
  probe late;
  probe soon;
  loop.begin_turn();
  loop.timers().arm(late, loop.now(), 1h);
  loop.finish_turn();
  loop.timers().arm(soon, loop.now(), 20ms);
  loop.finish_turn();
  const auto start = loop.now();
  while (soon.fired == 0) {
    loop.context().restart();
    REQUIRE(loop.context().run_one_for(5s) > 0);
    loop.begin_turn();
    loop.finish_turn();
  }
  CHECK(loop.now() - start >= 20ms);
  CHECK(late.fired == 0);
}

TEST_CASE("a loop may end while connections are pending on it") {
  const auto base = live_frame_bytes();
  {
    test_server server;
    auto client = server.connect();
    test_client half(server.port);
    half.send("GET / HTTP/1.1\r\n");
    server.turn();
    server.last().send("never flushed");
    server.last().link->close(pushmesh::close_reason::server_shutting_down);
  }
  CHECK(live_frame_bytes() == base);
}

TEST_CASE("sessions that close in the midst of a broadcast do not disturb it") {
  test_server server;
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(server.connect());
  for (std::size_t round = 0; round < 10; ++round) {
    for (auto& s : server.sessions)
      if (s->link) s->send("round " + std::to_string(round));
    server.sessions[round]->link.reset();
    server.sessions[10 + round]->link->close(pushmesh::close_reason::forced_close);
    clients[20 + round]->reset();
    server.turn();
  }
  for (std::size_t i = 0; i < 20; ++i) {
    REQUIRE(server.run_until([&] {
      clients[i]->receive();
      return !clients[i]->frames().empty() && clients[i]->frames().back().kind == ws_opcode::close;
    }));
    CHECK(clients[i]->frames().size() == i % 10 + 2);
  }
}

TEST_CASE("two loops on two threads share frames, a budget, a quota and a port") {
  constexpr int clients_per_round = 20;
  constexpr int rounds = 20;
  transport_options options;
  outbound_budget budget(1 << 30);
  connection_quota quota(1000);
  const auto port = listener::probe("127.0.0.1", 0);
  REQUIRE(port);

  struct echo final : connection_handler {
    std::unique_ptr<connection> link;
    void on_text(std::string_view text) override {
      link->send(make_frame(ws_opcode::text, {"4", text}));
    }
    void on_binary(std::string_view) override {}
    void on_writable() override {}
    void on_closed(pushmesh::close_reason) override { link.reset(); }
  };
  struct node {
    io_loop loop;
    std::vector<std::unique_ptr<echo>> sessions;
    listener acceptor;
    std::atomic<bool> stop{false};
    std::thread thread;
    node(const transport_options& o, outbound_budget& b, connection_quota& q)
        : loop(o, b,
               {.new_session_id = [] { return std::array<char, 20>{}; },
                .on_session = [this](std::unique_ptr<connection> link, std::string_view,
                                     handshake&&, const engineio_request&) -> connection_handler& {
                  sessions.push_back(std::make_unique<echo>());
                  sessions.back()->link = std::move(link);
                  return *sessions.back();
                },
                .log = {},
                .quota = &q}),
          acceptor(loop, {}) {}
    void run() {
      bool busy = false;
      while (!stop) {
        loop.begin_turn();
        loop.context().restart();
        if (!busy && loop.context().run_one_for(100ms) > 0) loop.begin_turn();
        while (loop.context().poll_one() > 0) {
        }
        busy = loop.finish_turn();
      }
      acceptor.stop();
      sessions.clear();
      loop.finish_turn();
      loop.drop_lingering();
    }
  };
  {
    node a(options, budget, quota);
    node b(options, budget, quota);
    for (auto* n : {&a, &b}) REQUIRE(n->acceptor.open("127.0.0.1", *port, true));
    for (auto* n : {&a, &b}) n->thread = std::thread([n] { n->run(); });
    const auto shared = make_frame(ws_opcode::text, {"4to all"});
    for (int round = 0; round < rounds; ++round) {
      std::vector<std::unique_ptr<test_client>> clients;
      for (int i = 0; i < clients_per_round; ++i) {
        clients.push_back(std::make_unique<test_client>(*port));
        clients.back()->expect_frames();
        clients.back()->send(upgrade_request() + client_frame(ws_opcode::text, "4hello"));
      }
      for (auto* n : {&a, &b})
        boost::asio::post(n->loop.context(), [n, shared] {
          for (auto& s : n->sessions)
            if (s->link) s->link->send(shared);
        });
      const auto deadline = std::chrono::steady_clock::now() + 10s;
      for (auto& c : clients) {
        const auto echoed = [&] {
          c->receive();
          for (auto& f : c->frames())
            if (f.payload == "4hello") return true;
          return false;
        };
        while (!echoed()) {
          REQUIRE(std::chrono::steady_clock::now() < deadline);
          std::this_thread::yield();
        }
      }
    }
    for (auto* n : {&a, &b}) n->stop = true;
    for (auto* n : {&a, &b}) n->thread.join();
    CHECK(a.loop.counters().accepted.get() + b.loop.counters().accepted.get() ==
          clients_per_round * rounds);
    CHECK(a.loop.open_descriptors() + b.loop.open_descriptors() == 0);
  }
  CHECK(quota.taken() == 0);
}
