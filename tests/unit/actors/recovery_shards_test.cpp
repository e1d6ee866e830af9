// Sessions whose clients come back on another shard.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "actors/recovery/packet_offset.hpp"
#include "actors/recovery/session_keeper.hpp"
#include "tests/unit/actors/recovery_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::test;

namespace {

/// Until `holds()` does, with a deadline.
template <class F>
bool eventually(node_fixture& n, F holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    n.settle();
  }
  return true;
}

std::vector<std::string> events_of(node_fixture& n, const node_fixture::client& c) {
  std::vector<std::string> events;
  for (const auto& p : n.sent(c))
    if (p.starts_with("42")) events.push_back(without_offset(p));
  return events;
}

/// An event to all that is brought to each shard by hand, when the test wants it there.
struct slow_emit {
  explicit slow_emit(node_fixture& n, std::string_view value) : node(n) {
    auto all = std::make_shared<address>();
    all->nsp = "/";
    offset = node.core->next_offset(*all);
    frame = node.core->frames().event(*all, "n", payload(value), {}, offset);
    to = std::move(all);
  }
  void reaches(unsigned shard) {
    auto& sockets = node.core->sockets_of(*node.core->shards()[shard]);
    node.on_shard(shard, [&] { sockets.emit(to, frame); });
    node.settle();
  }
  node_fixture& node;
  std::uint64_t offset;
  std::shared_ptr<const address> to;
  net::frame_ref frame;
};

}  // namespace

TEST_CASE("a session follows its client to another shard, and back") {
  node_fixture node(3, recovering());
  root(node).on_connection([](socket& s) {
    if (!s.recovered()) s.join("r");
  });
  node.start();
  const auto c = node.join("/", 0);
  const auto life = life_of(node, c);
  root(node).emit("n", 0);
  node.settle();
  auto offset = offset_of(node.sent(c).back());
  node.close(c);
  root(node).emit("n", 1);
  root(node).to("r").emit("n", 2);
  node.settle();

  auto there = node.connect(2);
  node.text(there, claim(life, offset));
  for (int i = 3; i < 50; ++i) root(node).to("r").emit("n", i);  // while it moves
  REQUIRE(eventually(node, [&] { return events_of(node, there).size() == 49; }));
  CHECK(node.sent(there).front() ==
        "40{\"sid\":\"" + life.sid + "\",\"pid\":\"" + life.pid + "\"}");
  for (int i = 1; i < 50; ++i)
    CHECK(events_of(node, there)[static_cast<std::size_t>(i) - 1] ==
          "42[\"n\"," + std::to_string(i) + "]");
  root(node).to(life.sid).emit("own", 50);
  node.settle();
  CHECK(events_of(node, there).back() == "42[\"own\",50]");

  offset = offset_of(node.sent(there).back());
  node.close(there);
  root(node).to(life.sid).emit("own", 51);
  node.settle();
  auto home = node.connect(0);
  node.text(home, claim(life, offset));
  REQUIRE(eventually(node, [&] { return !events_of(node, home).empty(); }));
  root(node).emit("n", 52);
  node.settle();
  CHECK(events_of(node, home) == texts{"42[\"own\",51]", "42[\"n\",52]"});
  CHECK(node.id_of(home) == life.sid);
}

TEST_CASE("an ack that was asked for on one shard is given on another") {
  node_fixture node(2, recovering());
  node.start();
  const auto c = node.join("/", 0);
  const auto life = life_of(node, c);
  std::promise<ack_result> result;
  root(node).to(life.sid).emit_with_ack("q").then(
      [&](ack_result r) { result.set_value(std::move(r)); });
  node.settle();
  const auto question = node.sent(c).back();
  node.close(c);
  auto there = node.connect(1);
  node.text(there, claim(life));
  REQUIRE(eventually(node, [&] { return node.sent(there).size() == 2; }));
  CHECK(node.sent(there).back() == question);
  node.text(there, "3" + question.substr(2, question.find('[') - 2) + "[7]");
  auto answer = result.get_future();
  REQUIRE(answer.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  const auto r = answer.get();
  REQUIRE(r.acked.size() == 1);
  CHECK(r.acked.front().args.json == "7");
}

TEST_CASE("two that claim one session on two shards: exactly one gets it") {
  for (int round = 0; round < 20; ++round) {
    node_fixture node(3, recovering());
    node.start();
    const auto c = node.join("/", 0);
    const auto life = life_of(node, c);
    node.close(c);
    auto a = node.connect(1), b = node.connect(2);
    node.text(a, claim(life));
    node.text(b, claim(life));
    REQUIRE(eventually(node, [&] { return !node.sent(a).empty() && !node.sent(b).empty(); }));
    CHECK((node.id_of(a) == life.sid) != (node.id_of(b) == life.sid));
  }
}

TEST_CASE("a client that is gone again while its session moves finds it where it went") {
  node_fixture node(2, recovering());
  node.start();
  const auto c = node.join("/", 0);
  const auto life = life_of(node, c);
  root(node).emit("n", 0);
  node.settle();
  const auto offset = offset_of(node.sent(c).back());
  node.close(c);
  root(node).emit("n", 1);
  node.settle();
  auto gone = node.connect(1);
  node.on_shard(1, [&] {
    gone.actor().on_text(claim(life, offset));
    gone.actor().on_closed(close_reason::transport_close);
  });
  node.settle();
  root(node).emit("n", 2);
  node.settle();
  auto again = node.connect(0);
  node.text(again, claim(life, offset));
  REQUIRE(eventually(node, [&] { return events_of(node, again).size() == 2; }));
  CHECK(events_of(node, again) == texts{"42[\"n\",1]", "42[\"n\",2]"});
}

TEST_CASE("what the new shard gets long after the old one comes once") {
  node_fixture node(2, recovering());
  node.start();
  const auto c = node.join("/", 0);
  const auto life = life_of(node, c);
  auto there = node.connect(1);
  constexpr std::size_t others = 11'000;
  {
    const auto under_way = node.core->emitting();
    slow_emit slow(node, "\"slow\"");
    slow.reaches(0);
    node.close(c);
    node.text(there, claim(life, packet_offset_text(slow.offset)));
    node.settle();  // it is lent
    for (std::size_t i = 0; i < others; ++i) root(node).emit("n", i);
    slow.reaches(1);
  }
  REQUIRE(eventually(node, [&] { return events_of(node, there).size() >= others; }));
  CHECK(events_of(node, there).size() == others);
  CHECK(events_of(node, there).front() == "42[\"n\",0]");
}

TEST_CASE("one that is cut off amid what it missed gets the rest, here and elsewhere") {
  for (const unsigned next : {1U, 2U, 0U}) {
    CAPTURE(next);
    node_fixture node(3, recovering());
    node.start();
    const auto c = node.join("/", 0);
    const auto life = life_of(node, c);
    root(node).emit("n", 0);
    node.settle();
    const auto offset = offset_of(node.sent(c).back());
    node.close(c);
    for (int i = 1; i <= 3; ++i) root(node).emit("n", i);
    const auto there = node.connect(1);
    node.text(there, claim(life, offset));
    REQUIRE(eventually(node, [&] { return events_of(node, there).size() == 3; }));
    const auto second = offset_of(node.sent(there)[2]);
    node.close(there);
    root(node).emit("n", 4);
    auto again = node.connect(next);
    node.text(again, claim(life, second));
    REQUIRE(eventually(node, [&] { return !events_of(node, again).empty(); }));
    CHECK(events_of(node, again) == texts{"42[\"n\",3]", "42[\"n\",4]"});
  }
}

TEST_CASE("a session that missed more than may be kept is not taken over") {
  auto options = recovering();
  options.recovery.max_bytes = 64 * 1024;
  node_fixture node(2, options);
  node.start();
  const auto c = node.join("/", 0);
  const auto life = life_of(node, c);
  root(node).to(life.sid).emit("n", 0);
  node.settle();
  const auto offset = offset_of(node.sent(c).back());
  node.close(c);
  const std::string text(1000, 'x');
  for (int i = 0; i < 20; ++i) root(node).to(life.sid).emit("n", text);
  node.settle();
  const auto there = node.connect(1);
  node.text(there, claim(life, offset));
  REQUIRE(eventually(node, [&] { return !node.sent(there).empty(); }));
  CHECK(node.id_of(there) != life.sid);
  CHECK(events_of(node, there).empty());
  CHECK(node.on_shard(1, [&] {
    return node.core->sockets_of(*node.core->shards()[1]).keeper()->away();
  }) == 0);
}

TEST_CASE("what another socket got ahead of all does not come twice") {
  node_fixture node(2, recovering());
  node.start();
  auto moved = node.join("/", 1);
  const auto life = life_of(node, moved);
  node.close(moved);
  moved = node.connect(0);
  node.text(moved, claim(life));
  REQUIRE(eventually(node, [&] { return !node.sent(moved).empty(); }));
  const auto c = node.join("/", 0);
  const auto other = life_of(node, c);

  slow_emit slow(node, "1");
  slow.reaches(1);  // where `moved` was: it is passed on
  CHECK(events_of(node, moved) == texts{"42[\"n\",1]"});
  slow.reaches(0);
  CHECK(events_of(node, moved).size() == 1);
  CHECK(events_of(node, c).size() == 1);
  node.close(c);
  root(node).emit("n", 2);
  node.settle();
  for (const unsigned shard : {1U, 0U}) {
    auto again = node.connect(shard);
    node.text(again, claim(other, packet_offset_text(slow.offset)));
    REQUIRE(eventually(node, [&] { return !events_of(node, again).empty(); }));
    CHECK(events_of(node, again) == texts{"42[\"n\",2]"});
    node.close(again);
  }
}

TEST_CASE("a shard that is hit by many that come and go loses and doubles nothing") {
  auto options = recovering();
  options.recovery.max_bytes = std::size_t{1}
                               << 30;  // a session whose packets were dropped is lost
  node_fixture node(3, options);
  root(node).on_connection([](socket& s) {
    if (!s.recovered()) s.join("r");
  });
  node.start();
  struct player {
    node_fixture::client c;
    old_life life;
    std::string offset;
    std::vector<std::string> got;
    std::size_t read = 1;
  };
  std::vector<player> players;
  for (unsigned i = 0; i < 12; ++i) {
    player p{.c = node.join("/", i % 3), .life = {}, .offset = {}, .got = {}};
    p.life = life_of(node, p.c);
    players.push_back(std::move(p));
  }
  std::atomic<bool> stop{false};
  std::atomic<int> sent{0};
  std::thread source([&] {
    while (!stop && sent < 20'000) root(node).to("r").emit("n", sent++);
  });
  const auto read = [&](player& p) {
    const auto all = node.sent(p.c);
    for (; p.read < all.size(); ++p.read) {
      p.got.push_back(without_offset(all[p.read]));
      p.offset = offset_of(all[p.read]);
    }
  };
  for (unsigned round = 1; round < 12; ++round) {
    for (unsigned i = 0; i < players.size(); ++i) {
      auto& p = players[i];
      read(p);
      node.close(p.c);
      p.c = node.connect((i + round) % 3);
      p.read = 1;
      node.text(p.c, claim(p.life, p.offset));
    }
    for (auto& p : players) {
      REQUIRE(eventually(node, [&] { return !node.sent(p.c).empty(); }));
      CHECK(node.id_of(p.c) == p.life.sid);
    }
  }
  stop = true;
  source.join();
  node.settle();
  for (auto& p : players) {
    REQUIRE(eventually(node, [&] {
      read(p);
      return p.got.size() >= static_cast<std::size_t>(sent.load());
    }));
    REQUIRE(p.got.size() == static_cast<std::size_t>(sent.load()));
    for (std::size_t i = 0; i < p.got.size(); ++i)
      REQUIRE(p.got[i] == "42[\"n\"," + std::to_string(i) + "]");
  }
}
