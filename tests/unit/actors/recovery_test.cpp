#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "actors/recovery/packet_offset.hpp"
#include "tests/unit/actors/node_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using pushmesh::test::node_fixture;

namespace {

using texts = std::vector<std::string>;

actor_options recovering(std::chrono::milliseconds duration = std::chrono::minutes(1)) {
  actor_options o;
  o.recovery.max_disconnection_duration = duration;
  return o;
}

nsp& root(node_fixture& n) {
  return n.core->namespaces().declare("/").facade();
}

/// What stands behind `"key":"` in a text.
std::string member(const std::string& text, std::string_view key) {
  const auto at = text.find("\"" + std::string(key) + "\":\"");
  if (at == text.npos) return {};
  const auto begin = at + key.size() + 4;
  return text.substr(begin, text.find('"', begin) - begin);
}

/// The last argument of an event, which is its offset.
std::string offset_of(const std::string& packet) {
  return packet.substr(packet.size() - 13, 11);
}

/// An event without its offset.
std::string without_offset(std::string packet) {
  const auto tail = packet.ends_with("\"]") ? 15u : 0u;
  return packet.erase(packet.size() - tail) + "]";
}

struct old_life {
  std::string sid, pid;
};

old_life life_of(node_fixture& n, const node_fixture::client& c) {
  const auto answer = n.sent(c).front();
  return {member(answer, "sid"), member(answer, "pid")};
}

std::string claim(const old_life& l, const std::string& offset = {}) {
  return "0{\"pid\":\"" + l.pid + "\"" + (offset.empty() ? "" : ",\"offset\":\"" + offset + "\"") +
         "}";
}

node_fixture::client back(node_fixture& n, const std::string& packet, unsigned shard = 0) {
  auto c = n.connect(shard);
  n.text(c, packet);
  n.settle();
  return c;
}

}  // namespace

TEST_CASE("offsets are eleven characters, and nothing else is one") {
  for (std::uint64_t v : {1ull, 63ull, 64ull, 0x123456789abcdefull, ~0ull}) {
    const auto text = packet_offset_text(v);
    CHECK(text.size() == packet_offset_length);
    CHECK(parse_packet_offset(text) == v);
  }
  for (const auto* bad : {"", "AAAAAAAAAAA", "BAAAAAAAAA", "BAAAAAAAAAAA",
                          "BAAAAAAAAA=", "__________A", "ev", "QAAAAAAAAAA"})
    CHECK_FALSE(parse_packet_offset(bad));
  CHECK(offset_argument(1, true) == "\"AAAAAAAAAAB\"");
  CHECK(offset_argument(1, false) == ",\"AAAAAAAAAAB\"");
}

TEST_CASE("without recovery nobody gets a pid or an offset, and a claim means nothing") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  const auto id = node.id_of(c);
  root(node).emit("x", 1);
  node.settle();
  CHECK(node.sent(c) == texts{"40{\"sid\":\"" + id + "\"}", "42[\"x\",1]"});
  node.close(c);
  const auto again = back(node, claim({id, id}));
  CHECK(node.id_of(again) != id);
}

TEST_CASE("a client that comes back is the same socket and gets what it missed, in order") {
  node_fixture node(1, recovering());
  bool recovered = false;
  std::string data, user;
  root(node).on_connection([&](socket& s) {
    recovered = s.recovered();
    if (recovered) {
      const auto* text = std::any_cast<std::string>(&s.data());
      data = text ? *text : "";
      user = s.user();
      return;
    }
    s.join("r");
    s.data() = std::string("kept");
    s.set_user("ann");
  });
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  CHECK(life.pid.size() == 20);
  CHECK(life.pid != life.sid);
  root(node).emit("seen", 1);
  node.settle();
  const auto offset = offset_of(node.sent(c).back());
  node.close(c);
  root(node).emit("all", 1);
  root(node).to("r").emit("room", 2);
  root(node).to("other").emit("not this", 3);
  root(node).to(life.sid).emit("own", 4);
  root(node).all().except("r").emit("not this either", 5);
  root(node).all().volatile_().emit("nor this", 6);
  node.settle();
  const auto again = back(node, claim(life, offset));
  const auto sent = node.sent(again);
  REQUIRE(sent.size() == 4);
  CHECK(sent[0] == "40{\"sid\":\"" + life.sid + "\",\"pid\":\"" + life.pid + "\"}");
  CHECK(without_offset(sent[1]) == "42[\"all\",1]");
  CHECK(without_offset(sent[2]) == "42[\"room\",2]");
  CHECK(without_offset(sent[3]) == "42[\"own\",4]");
  CHECK(node.on_shard(0, [&] { return recovered && data == "kept" && user == "ann"; }));
  root(node).to("r").emit("live", 7);
  node.settle();
  CHECK(without_offset(node.sent(again).back()) == "42[\"live\",7]");
}

TEST_CASE("what was sent into a dead connection is sent again, what arrived is not") {
  node_fixture node(1, recovering());
  root(node).on_connection([](socket& s) {
    if (!s.recovered()) s.emit("hello");
  });
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  for (int i = 0; i < 3; ++i) root(node).emit("n", i);
  node.settle();
  const auto first = node.sent(c);
  REQUIRE(first.size() == 5);
  node.close(c);
  const auto all = back(node, claim(life));
  CHECK(node.sent(all).size() == 5);  // it says that it got none
  node.close(all);
  const auto some = back(node, claim(life, offset_of(first[2])));
  const auto sent = node.sent(some);
  REQUIRE(sent.size() == 3);
  CHECK(sent[1] == first[3]);
  CHECK(sent[2] == first[4]);
  node.close(some);
  const auto none = back(node, claim(life, offset_of(first[4])));
  CHECK(node.sent(none).size() == 1);
}

TEST_CASE("a socket that was sent nothing needs no offset, and an old one does no harm") {
  node_fixture node(1, recovering());
  node.start();
  for (const std::string offset : {"", "AAAAAAAAAAB", "no offset"}) {
    const auto c = node.join();
    const auto life = life_of(node, c);
    node.close(c);
    const auto again = back(node, claim(life, offset));
    CHECK(node.id_of(again) == life.sid);
    node.close(again, close_reason::client_namespace_disconnect);
  }
}

TEST_CASE("an offset that is not kept, and one that is none, make a new socket") {
  node_fixture node(1, recovering());
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  root(node).emit("x");
  node.settle();
  node.close(c);
  for (const std::string offset : {"AAAAAAAAAAB", "ev"}) {
    const auto again = back(node, claim(life, offset));
    CHECK(node.id_of(again) != life.sid);
    CHECK(node.sent(again).size() == 1);
  }
  for (const std::string bad :
       {"0{\"pid\":7}", "0{\"pid\":\"x\"}", "0{\"pid\":null,\"offset\":[]}"}) {
    const auto again = back(node, bad);
    CHECK(node.sent(again).size() == 1);
  }
}

TEST_CASE("of two that claim one session exactly one gets it") {
  node_fixture node(1, recovering());
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  node.close(c);
  const auto first = back(node, claim(life)), second = back(node, claim(life));
  CHECK(node.id_of(first) == life.sid);
  CHECK(node.id_of(second) != life.sid);
  CHECK(first.record->closes.empty());
}

TEST_CASE("who left on purpose, or was told to, does not come back") {
  node_fixture node(1, recovering());
  node.start();
  const auto left = node.join(), kicked = node.join(), broken = node.join();
  const std::vector lives{life_of(node, left), life_of(node, kicked), life_of(node, broken)};
  node.text(left, "1");
  root(node).to(lives[1].sid).disconnect_sockets(true);
  node.close(broken, close_reason::parse_error);
  node.settle();
  for (const auto& life : lives) CHECK(node.id_of(back(node, claim(life))) != life.sid);
}

TEST_CASE("a packet that expects an ack is sent again with its id and no offset") {
  node_fixture node(1, recovering());
  std::vector<ack_result> results;
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  const auto ask = [&](int n) {
    root(node).to(life.sid).emit_with_ack("q", n).then(
        [&](ack_result r) { results.push_back(std::move(r)); });
    node.settle();
  };
  ask(1);
  ask(2);
  const auto asked = node.sent(c);
  REQUIRE(asked.size() == 3);
  const auto id_of = [](const std::string& p) { return p.substr(2, p.find('[') - 2); };
  node.text(c, "3" + id_of(asked[1]) + "[10]");
  node.settle();
  node.close(c);
  ask(3);  // while it is away
  root(node).emit("x");
  node.settle();
  const auto again = back(node, claim(life));
  const auto sent = node.sent(again);
  REQUIRE(sent.size() == 4);
  CHECK(sent[1] == asked[2]);
  CHECK(sent[2] == "42" + id_of(sent[2]) + "[\"q\",3]");
  CHECK(without_offset(sent[3]) == "42[\"x\"]");
  node.text(again, "3" + id_of(sent[1]) + "[20]");
  node.text(again, "3" + id_of(sent[2]) + "[30]");
  node.settle();
  texts answers;
  for (const auto& r : results) {
    REQUIRE(r.acked.size() == 1);
    answers.push_back(r.acked.front().args.json);
  }
  CHECK(answers == texts{"10", "20", "30"});
}

TEST_CASE("a session ends with its time, and what it owed with it") {
  node_fixture node(1, recovering(std::chrono::milliseconds(50)));
  node.start();
  const auto c = node.join();
  const auto life = life_of(node, c);
  std::promise<ack_result> result;
  root(node)
      .to(life.sid)
      .emit_with_ack("q")
      .timeout(std::chrono::minutes(1))
      .then([&](ack_result r) { result.set_value(std::move(r)); });
  node.settle();
  node.close(c);
  auto settled = result.get_future();
  REQUIRE(settled.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK(settled.get().left.size() == 1);
  CHECK(node.id_of(back(node, claim(life))) != life.sid);
}

TEST_CASE("what is kept is bounded: beyond it the oldest go, and who missed them begins anew") {
  auto options = recovering();
  options.recovery.max_bytes = 64 * 1024;
  options.recovery.max_sessions = 2;
  node_fixture node(1, std::move(options));
  node.start();
  const auto slow = node.join(), quick = node.join();
  const auto slow_life = life_of(node, slow), quick_life = life_of(node, quick);
  root(node).emit("mark");
  node.settle();
  const auto mark = offset_of(node.sent(slow).back());
  node.close(slow);
  for (int i = 0; i < 1000; ++i) root(node).emit("x", std::string(200, 'x'));
  node.settle();
  const auto last = offset_of(node.sent(quick).back());
  node.close(quick);
  CHECK(node.on_shard(0, [&] {
    return node.core->sockets_of(*node.core->shards()[0]).counters().replay_bytes.get();
  }) <= 64 * 1024);
  CHECK(node.id_of(back(node, claim(slow_life, mark))) != slow_life.sid);
  CHECK(node.id_of(back(node, claim(quick_life, last))) == quick_life.sid);

  std::vector<node_fixture::client> many;
  for (int i = 0; i < 3; ++i) many.push_back(node.join());
  std::vector<old_life> lives;
  for (const auto& c : many) lives.push_back(life_of(node, c));
  for (const auto& c : many) node.close(c);
  CHECK(node.id_of(back(node, claim(lives[0]))) != lives[0].sid);
  CHECK(node.id_of(back(node, claim(lives[2]))) == lives[2].sid);
}

TEST_CASE("middlewares are skipped or asked, as the option says") {
  for (const bool skip : {true, false}) {
    auto options = recovering();
    options.recovery.skip_middlewares = skip;
    node_fixture node(1, std::move(options));
    int asked = 0;
    bool refuse = false;
    root(node).use([&](socket&, next go) {
      ++asked;
      refuse ? go(connect_error("no")) : go();
    });
    node.start();
    const auto c = node.join();
    node.settle();
    const auto life = life_of(node, c);
    node.close(c);
    const auto again = back(node, claim(life));
    CHECK(node.id_of(again) == life.sid);
    CHECK(asked == (skip ? 1 : 2));
    node.close(again);
    refuse = true;
    const auto refused = back(node, claim(life));
    CHECK(node.id_of(refused) == (skip ? life.sid : ""));
  }
}

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

TEST_CASE("a shard that is hit by many that come and go loses and doubles nothing") {
  node_fixture node(3, recovering());
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
