#include <doctest/doctest.h>

#include "actors/recovery/packet_offset.hpp"
#include "tests/unit/actors/recovery_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::test;

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
