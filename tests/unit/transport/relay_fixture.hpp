#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/session_relay.hpp"
#include "tests/unit/transport/polling_fixture.hpp"

namespace pushmesh::net::test {

/// One direction of a link between two nodes: what is sent waits until the test turns.
class test_link final : public session_link {
 public:
  explicit test_link(std::uint64_t id) : id_(id) {}
  std::uint64_t id() const noexcept override { return id_; }
  sent send(const relay_message& message) override {
    if (waiting.size() >= room) return sent::later;
    waiting.push_back(message);
    log.push_back(message);
    return sent::yes;
  }
  /// The messages of one type that were sent so far.
  template <class Message>
  std::vector<Message> all() const {
    std::vector<Message> found;
    for (const auto& m : log)
      if (const auto* one = std::get_if<Message>(&m)) found.push_back(*one);
    return found;
  }

  std::size_t room = 1 << 20;
  std::deque<relay_message> waiting;
  std::vector<relay_message> log;

 private:
  std::uint64_t id_;
};

/// Two nodes of one loop each: clients connect to `edge`, sessions live on `home`.
class two_nodes {
 public:
  explicit two_nodes(const transport_options& options = {}, listener_role role = {},
                     std::size_t edge_budget = 1 << 30)
      : edge(options, std::move(role), edge_budget,
             [this](loop_hooks& hooks) {
               hooks.index = 3;
               hooks.home_of_session = [](std::string_view) { return nullptr; };
               hooks.remote_home = [this](std::string_view) {
                 return session_home{linked ? to_home : nullptr, 0};
               };
             }),
        home(options) {}
  ~two_nodes() {
    home.sessions.clear();
    lose_link();
  }

  /// Delivers what was sent, and turns both loops. True while there is more to do.
  bool turn() {
    deliver(*to_home, home, to_edge);
    home.turn();
    deliver(*to_edge, edge, to_home);
    return edge.turn();
  }
  bool run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      turn();
    }
    return true;
  }
  polling_client client(const test_server& of) {
    return {of.port, [this](const auto& done) { return run_until(done); }};
  }
  /// A session, opened at its home.
  std::string open() { return client(home).open(); }
  /// A WebSocket that came to the edge and took over the session.
  std::unique_ptr<test_client> upgraded(const std::string& sid, int receive_buffer = 0) {
    auto ws = std::make_unique<test_client>(edge.port, receive_buffer);
    ws->expect_frames();
    ws->send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + sid) +
             client_frame(ws_opcode::text, "2probe"));
    if (!wait_frames(*ws, 1)) throw std::runtime_error("no 3probe: " + ws->raw());
    ws->send(client_frame(ws_opcode::text, "5"));
    auto& session = session_of(sid);
    if (!run_until([&] { return session.link->transport() == transport_kind::websocket; }))
      throw std::runtime_error("no upgrade");
    ws->frames().clear();
    return ws;
  }
  session_probe& session_of(std::string_view sid) {
    return **std::find_if(home.sessions.begin(), home.sessions.end(),
                          [&](auto& s) { return s->sid == sid; });
  }
  bool wait_frames(test_client& ws, std::size_t n) {
    return run_until([&] {
      ws.receive();
      return ws.frames().size() >= n;
    });
  }
  bool wait_end(test_client& ws) {
    return run_until([&] {
      ws.receive();
      return ws.ended();
    });
  }
  void lose_link() {
    linked = false;
    to_home->waiting.clear();
    to_edge->waiting.clear();
    edge.loop.relay().lost(to_home->id());
    home.loop.relay().lost(to_edge->id());
  }

  bool linked = true;
  std::shared_ptr<test_link> to_home = std::make_shared<test_link>(5);
  std::shared_ptr<test_link> to_edge = std::make_shared<test_link>(7);
  test_server edge, home;

 private:
  static void deliver(test_link& from, test_server& to, const std::shared_ptr<test_link>& back) {
    for (auto& message : std::exchange(from.waiting, {}))
      to.loop.relay().take(back, std::move(message));
  }
};

}  // namespace pushmesh::net::test
