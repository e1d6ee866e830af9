// What happens to messages on their way out: gathering, slow readers, policies, the node's budget.
#include <doctest/doctest.h>

#include <string>

#include "net/transport/io_loop.hpp"
#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;
using pushmesh::overflow_policy;

namespace {

constexpr int tiny_receive_buffer = 4096;

frame_ref message(std::size_t size, frame::meta about = {}) {
  return make_frame(ws_opcode::text, {"4", std::string(size, 'm')}, about);
}

frame::meta event(overflow_policy policy, std::uint32_t hash = 1) {
  return {.is_volatile = false, .event_hash = hash, .policy = static_cast<std::uint8_t>(policy)};
}

// Sends until the kernel takes no more, and ends that turn.
bool block(test_server& server, session_probe& s) {
  const bool blocked = server.run_until([&] {
    s.link->send(message(64 * 1024));
    return !s.link->writable();
  });
  server.turn();
  return blocked;
}

}  // namespace

TEST_CASE("what one turn sends goes out in one write") {
  test_server server;
  auto client = server.connect();
  const auto before = server.loop.counters().writes.get();
  for (int i = 0; i < 50; ++i) server.last().send(std::to_string(i));
  REQUIRE(server.wait_frames(*client, 50));
  CHECK(server.loop.counters().writes.get() == before + 1);
  for (int i = 0; i < 50; ++i)
    CHECK(client->frames()[static_cast<std::size_t>(i)].payload == "4" + std::to_string(i));
  CHECK(server.last().writable_calls == 0);
}

TEST_CASE("a shared frame reaches all its receivers") {
  test_server server;
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(server.connect());  // more than one slice
  const auto f = message(100);
  for (auto& s : server.sessions) s->link->send(f);
  CHECK(server.turn());  // one slice does not reach all
  for (auto& c : clients) {
    REQUIRE(server.wait_frames(*c, 1));
    CHECK(c->frames().size() == 1);
  }
}

TEST_CASE("a client that reads slowly gets everything within its bounds, then on_writable") {
  transport_options options;
  options.max_queue_bytes = 64 << 20;
  test_server server(options);
  auto client = server.connect(tiny_receive_buffer);
  auto& s = server.last();
  int sent = 0;
  while (s.link->writable()) {
    s.link->send(message(64 * 1024));
    ++sent;
    server.turn();
  }
  CHECK(s.link->queued_bytes() > 0);
  CHECK(s.writable_calls == 0);
  REQUIRE(server.wait_frames(*client, static_cast<std::size_t>(sent)));
  REQUIRE(server.run_until([&] { return s.writable_calls > 0; }));
  CHECK(s.link->writable());
  CHECK(s.link->queued_bytes() == 0);
  CHECK_FALSE(s.closed);
}

TEST_CASE("a slow reader is closed by its bound while another gets everything") {
  transport_options options;
  options.max_queue_bytes = 256 * 1024;
  test_server server(options);
  auto slow = server.connect(tiny_receive_buffer);
  auto& slow_probe = server.last();
  auto healthy = server.connect();
  auto& healthy_probe = server.last();
  std::size_t sent = 0;
  REQUIRE(server.run_until([&] {
    const auto f = message(8 * 1024);
    slow_probe.link->send(f);
    healthy_probe.link->send(f);
    ++sent;
    healthy->receive();
    return slow_probe.closed.has_value();
  }));
  CHECK(slow_probe.closed == close_reason::slow_consumer);
  CHECK(slow_probe.link->queued_bytes() == 0);
  CHECK(server.loop.counters().slow_consumers.get() == 1);
  CHECK(server.loop.open_descriptors() == 1);
  REQUIRE(server.wait_frames(*healthy, sent));
  CHECK_FALSE(healthy_probe.closed);
}

TEST_CASE("a healthy client gets 2 MiB that one turn sends") {
  test_server server;
  auto client = server.connect();
  for (int i = 0; i < 2048; ++i) server.last().link->send(message(1024));
  CHECK_FALSE(server.last().closed);
  REQUIRE(server.wait_frames(*client, 2048));
  CHECK_FALSE(server.last().closed);
}

TEST_CASE("one turn may not queue without end") {
  transport_options options;
  options.max_queue_bytes = 64 * 1024;
  test_server server(options);
  auto client = server.connect(tiny_receive_buffer);
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    server.last().link->send(message(1024));
    most = std::max(most, server.last().link->queued_bytes());
  }
  server.turn();
  CHECK(server.last().closed == close_reason::slow_consumer);
  CHECK(most <= 4 * 64 * 1024 + 2048);
}

TEST_CASE("a queue that grows too old closes its connection") {
  transport_options options;
  options.max_queue_age = 40ms;
  test_server server(options);
  auto client = server.connect(tiny_receive_buffer);
  REQUIRE(block(server, server.last()));
  REQUIRE(server.run_until([&] { return server.last().closed.has_value(); }));
  CHECK(server.last().closed == close_reason::slow_consumer);
  CHECK(server.loop.open_descriptors() == 0);
  REQUIRE(server.wait_end(*client));
  CHECK(client->was_reset());
}

TEST_CASE("a ping that waits is as old as its waiting, not as its loop") {
  test_server server;
  server.turn();
  const auto first = server.loop.ping_frame();
  CHECK(&*server.loop.ping_frame() == &*first);  // one for all that are due in this turn
  // Frames tell time by a coarse clock: some turns later.
  CHECK(server.run_until([&] { return server.loop.ping_frame()->built_at() > first->built_at(); }));
}

TEST_CASE("volatile messages are dropped while the transport is blocked, also queued ones") {
  transport_options options;
  options.max_queue_bytes = 64 << 20;
  test_server server(options);
  auto client = server.connect(tiny_receive_buffer);
  auto& s = server.last();
  s.send("volatile but writable", {.is_volatile = true, .event_hash = 1, .policy = 0});
  REQUIRE(server.wait_frames(*client, 1));
  REQUIRE(block(server, s));
  s.send("dropped", {.is_volatile = true, .event_hash = 1, .policy = 0});
  CHECK(server.loop.counters().volatile_dropped.get() == 1);
  s.send("end");
  REQUIRE(server.run_until([&] {
    client->receive();
    return client->frames().back().payload == "4end";
  }));
  for (auto& f : client->frames()) CHECK(f.payload != "4dropped");

  // Queued in the turn that blocks: gone with the block.
  const auto before = server.loop.counters().volatile_dropped.get();
  for (int i = 0; i < 200; ++i) s.link->send(message(64 * 1024));
  s.send("dropped", {.is_volatile = true, .event_hash = 1, .policy = 0});
  REQUIRE(server.run_until([&] { return !s.link->writable(); }));
  CHECK(server.loop.counters().volatile_dropped.get() == before + 1);
}

TEST_CASE("the policies of a message act on a blocked queue") {
  transport_options options;
  options.max_queue_bytes = 300'000;
  test_server server(options);
  auto client = server.connect(tiny_receive_buffer);
  auto& s = server.last();
  REQUIRE(block(server, s));
  // The queue holds what block() left; the partly written front stays.
  SUBCASE("drop_newest") {
    for (int i = 0; i < 1000; ++i)
      s.send("n" + std::to_string(i) + std::string(1000, ' '), event(overflow_policy::drop_newest));
    CHECK(s.link->queued_bytes() <= options.max_queue_bytes);
    s.send("control");  // no event: would close, there is no room
    REQUIRE(server.run_until([&] {
      client->receive();
      return client->frames().size() > 100 && s.link->queued_bytes() == 0;
    }));
    CHECK(server.loop.counters().overflow_dropped.get() > 0);
    CHECK_FALSE(s.closed);
  }
  SUBCASE("drop_oldest") {
    for (int i = 0; i < 1000; ++i)
      s.send("o" + std::to_string(i) + std::string(1000, ' '), event(overflow_policy::drop_oldest));
    CHECK(s.link->queued_bytes() <= options.max_queue_bytes);
    REQUIRE(server.run_until([&] {
      client->receive();
      return client->frames().back().payload.starts_with("4o999");
    }));
    for (auto& f : client->frames()) CHECK_FALSE(f.payload.starts_with("4o0 "));
    CHECK_FALSE(s.closed);
  }
  SUBCASE("coalesce") {
    for (int i = 0; i < 1000; ++i)
      s.send("c" + std::to_string(i) + std::string(1000, ' '), event(overflow_policy::coalesce));
    CHECK(s.link->queued_bytes() <= options.max_queue_bytes);
    REQUIRE(server.run_until([&] {
      client->receive();
      return client->frames().back().payload.starts_with("4c999");
    }));
    CHECK_FALSE(s.closed);
  }
  SUBCASE("close") {
    for (int i = 0; i < 1000 && !s.closed; ++i) {
      s.send(std::string(1000, ' '), event(overflow_policy::close));
      server.turn();
    }
    CHECK(s.closed == close_reason::slow_consumer);
  }
}

TEST_CASE("a full budget closes the largest blocked queues and spares the others") {
  transport_options options;
  options.max_queue_bytes = 64 << 20;
  const auto base = live_frame_bytes();
  test_server server(options, {}, base + (8 << 20));
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(server.connect(tiny_receive_buffer));
  auto healthy = server.connect();
  auto& smallest = *server.sessions[0];
  auto& largest = *server.sessions[1];
  REQUIRE(block(server, smallest));
  REQUIRE(block(server, largest));
  CHECK_FALSE(smallest.closed);
  for (int i = 0; i < 1000 && server.budget.current() != outbound_budget::level::full; ++i)
    largest.link->send(message(64 * 1024));
  REQUIRE(server.budget.current() == outbound_budget::level::full);
  server.last().send("dropped", {.is_volatile = true, .event_hash = 1, .policy = 0});
  CHECK(server.loop.counters().volatile_dropped.get() == 1);
  REQUIRE(server.run_until([&] { return largest.closed.has_value(); }));
  CHECK(largest.closed == close_reason::node_overloaded);
  CHECK_FALSE(smallest.closed);
  CHECK(server.loop.counters().overload_closed.get() == 1);
  CHECK(server.budget.current() == outbound_budget::level::normal);
  server.last().send("still served");
  REQUIRE(server.wait_frames(*healthy, 1));
}

TEST_CASE("destroying a session that is blocked gives back what it held") {
  const auto base = live_frame_bytes();
  transport_options options;
  options.close_timeout = 50ms;
  {
    test_server server(options);
    const auto idle = server.budget.used();
    auto client = server.connect(tiny_receive_buffer);
    REQUIRE(block(server, server.last()));
    server.sessions.clear();
    REQUIRE(server.run_until([&] { return server.loop.open_descriptors() == 0; }));
    server.turn();
    CHECK(server.budget.used() == idle);
  }
  CHECK(live_frame_bytes() == base);
}
