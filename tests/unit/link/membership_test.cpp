#include "cluster/link/membership.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using task = membership_task;

namespace {

const membership::clock::time_point start{};

peer_identity somebody(std::string name, std::uint64_t started) {
  peer_identity p;
  p.name = std::move(name);
  p.address = p.name + ":7000";
  p.cluster = "test";
  p.incarnation = incarnation_id::make(started, {1, 2, 3});
  p.tag = {'t', 'a', 'g', char('a' + started % 26), char('a' + started / 26 % 26), 'x'};
  return p;
}

// A membership with its clock; most tests need one node and play the others.
struct played {
  explicit played(std::vector<std::string> peers, membership_options options = {},
                  peer_identity own = somebody("own", 100))
      : members(
            std::move(own), peers, [this] { return random(); }, options) {}

  std::mt19937_64 random{4};
  membership::clock::time_point now = start;
  membership members;
  membership::actions last;

  const membership_action* find(task t, const membership::actions& in) const {
    const auto at = std::find_if(in.begin(), in.end(), [&](auto& a) { return a.task == t; });
    return at == in.end() ? nullptr : &*at;
  }
  bool did(task t) const { return find(t, last) != nullptr; }
  const membership_action& got(task t) const {
    const auto* const a = find(t, last);
    REQUIRE(a != nullptr);
    return *a;
  }
  std::size_t count(task t) const {
    return std::count_if(last.begin(), last.end(), [&](auto& a) { return a.task == t; });
  }
  void tick(std::chrono::milliseconds later = 0ms) { last = members.tick(now += later); }
  // Ticks until `t` is wanted; false after `limit`.
  bool wait_for(task t, std::chrono::milliseconds limit = 15s) {
    for (const auto end = now + limit; now < end;)
      if (tick(50ms), did(t)) return true;
    return false;
  }
  // From a probe to a sent hello.
  link_id dial() {
    if (!did(task::probe)) REQUIRE(wait_for(task::probe));
    const auto link = got(task::probe).link;
    last = members.probed(link, true, now);
    CHECK(got(task::dial).link == link);
    last = members.dialled(link, dial_result::connected, now);
    CHECK(got(task::send_hello).link == link);
    return link;
  }
  link_id accept(const peer_identity& who) {
    const auto link = members.accepted(now).value();
    last = members.hello(link, who, now);
    return link;
  }
  route_state state_of(const std::string& address) const {
    for (const auto& r : members.routes())
      if (r.address == address) return r.state;
    FAIL("no route " << address);
    return {};
  }
  bool knows(const std::string& address) const {
    const auto all = members.routes();
    return std::any_of(all.begin(), all.end(), [&](auto& r) { return r.address == address; });
  }
};

}  // namespace

TEST_CASE("the lower incarnation welcomes the link it dialled") {
  played p({"10.0.0.2:7000"});
  p.tick();
  CHECK(p.state_of("10.0.0.2:7000") == route_state::probing);
  const auto link = p.dial();
  CHECK(p.state_of("10.0.0.2:7000") == route_state::hello_sent);
  p.last = p.members.hello(link, somebody("b", 200), p.now);
  CHECK(p.got(task::send_welcome).link == link);
  CHECK(p.got(task::peer_up).peer.name == "b");
  CHECK(p.state_of("10.0.0.2:7000") == route_state::up);
  REQUIRE(p.members.live().size() == 1);
  CHECK(p.members.live()[0].link == link);
}

TEST_CASE("the higher incarnation is up when it is welcomed, and only then") {
  played p({"10.0.0.2:7000"});
  p.tick();
  const auto link = p.dial();
  p.last = p.members.hello(link, somebody("b", 50), p.now);
  CHECK(p.last.empty());
  CHECK(p.members.live().empty());
  p.last = p.members.welcome(link, p.now);
  CHECK(p.did(task::peer_up));
}

TEST_CASE("who decides drops a second link of the pair, unless it suspects the first") {
  played p({});
  const auto first = p.accept(somebody("b", 200));
  CHECK(p.did(task::send_hello));
  CHECK(p.did(task::peer_up));
  const auto second = p.accept(somebody("b", 200));
  CHECK(p.got(task::drop).link == second);
  CHECK(p.got(task::drop).reason == drop_reason::duplicate_link);
  CHECK_FALSE(p.did(task::peer_up));
  p.members.suspect(first, true);
  const auto third = p.accept(somebody("b", 200));
  CHECK(p.got(task::drop).link == first);
  CHECK(p.did(task::peer_down));
  CHECK(p.got(task::peer_up).link == third);
}

TEST_CASE("a welcome on a second link replaces the first") {
  played p({});
  const auto first = p.accept(somebody("b", 50));
  p.last = p.members.welcome(first, p.now);
  const auto second = p.accept(somebody("b", 50));
  CHECK(p.count(task::drop) == 0);
  p.last = p.members.welcome(second, p.now);
  REQUIRE(p.last.size() >= 3);
  CHECK(p.last[0].task == task::drop);
  CHECK(p.last[0].link == first);
  CHECK(p.last[1].task == task::peer_down);
  CHECK(p.last[2].task == task::peer_up);
}

TEST_CASE("a probe, a hello and a welcome have deadlines, and late answers are ignored") {
  played p({"10.0.0.2:7000"});
  p.tick();
  const auto probe = p.got(task::probe).link;
  p.tick(999ms);
  CHECK_FALSE(p.did(task::drop));
  p.tick(1ms);
  CHECK(p.got(task::drop).link == probe);
  CHECK(p.members.probed(probe, true, p.now).empty());

  const auto silent = p.dial();
  p.tick(1000ms);
  CHECK(p.got(task::drop).link == silent);
  CHECK(p.members.hello(silent, somebody("b", 200), p.now).empty());

  const auto unwelcome = p.dial();
  p.last = p.members.hello(unwelcome, somebody("b", 50), p.now);
  p.tick(1000ms);
  CHECK(p.got(task::drop).link == unwelcome);
  CHECK(p.members.welcome(unwelcome, p.now).empty());
  CHECK(p.members.live().empty());

  const auto caller = p.members.accepted(p.now).value();
  p.tick(1000ms);
  CHECK(p.got(task::drop).link == caller);
}

TEST_CASE("a dial cut by a heartbeat tick is repeated at once, a failed one after a wait") {
  played p({"10.0.0.2:7000"}, [] {
    membership_options o;
    o.redial.first = o.redial.cap = 1000ms;
    return o;
  }());
  p.tick();
  p.last = p.members.probed(p.got(task::probe).link, true, p.now);
  p.last = p.members.dialled(p.got(task::dial).link, dial_result::cut_by_tick, p.now);
  CHECK(p.did(task::probe));
  p.last = p.members.probed(p.got(task::probe).link, true, p.now);
  p.last = p.members.dialled(p.got(task::dial).link, dial_result::failed, p.now);
  CHECK_FALSE(p.did(task::probe));
  CHECK(p.wait_for(task::probe, 1050ms));
}

TEST_CASE("an address that leads to ourselves is left alone") {
  played p({"10.0.0.1:7000"});
  p.tick();
  const auto link = p.dial();
  // The other end of the same connection.
  const auto caller = p.members.accepted(p.now).value();
  p.last = p.members.hello(caller, p.members.own(), p.now);
  const auto answer = p.got(task::send_hello);
  CHECK(answer.verdict == hello_verdict::self);
  CHECK(p.got(task::drop).link == caller);
  p.last = p.members.refused(link, answer.verdict, answer.text, p.now, p.members.own());
  CHECK(p.last.empty());  // nothing to complain of
  CHECK(p.state_of("10.0.0.1:7000") == route_state::self);
  CHECK_FALSE(p.wait_for(task::probe, 59s));
  CHECK(p.wait_for(task::probe, 2s));
}

TEST_CASE("a peer of another cluster is refused with one line on both sides, and tried again") {
  played p({"10.0.0.2:7000"});
  auto other = somebody("b", 200);
  other.cluster = "prod";
  std::size_t lines = 0, attempts = 0;
  p.tick();
  for (; attempts < 5; ++attempts) {
    const auto link = p.dial();
    p.last = p.members.hello(link, other, p.now);
    lines += p.count(task::log);
    CHECK(p.got(task::drop).verdict == hello_verdict::other_cluster);
    CHECK(p.got(task::drop).text.find("'prod'") != std::string::npos);
    CHECK(p.state_of("10.0.0.2:7000") == route_state::refused);
  }
  CHECK(lines == 1);
  // And as the one who is dialled:
  for (int i = 0; i < 3; ++i) {
    p.accept(other);
    lines += p.count(task::log);
    CHECK(p.got(task::send_hello).verdict == hello_verdict::other_cluster);
  }
  CHECK(lines == 2);
  // Repaired: the next attempt is as good as any.
  other.cluster = "test";
  const auto link = p.dial();
  p.last = p.members.hello(link, other, p.now);
  CHECK(p.did(task::peer_up));
}

TEST_CASE("a refusal by the other side is logged once and tried again") {
  played p({"10.0.0.2:7000"});
  std::size_t lines = 0;
  p.tick();
  for (int i = 0; i < 4; ++i) {
    p.last = p.members.refused(p.dial(), hello_verdict::duplicate_name, "name taken", p.now);
    lines += p.count(task::log);
  }
  CHECK(lines == 1);
}

TEST_CASE("refused for a tag: the later incarnation restarts, also for a third's sake") {
  auto clash = somebody("b", 50);
  clash.tag = somebody("own", 100).tag;
  struct {
    peer_identity by;
    bool restart;
  } const table[] = {{clash, true},               // earlier than we
                     {somebody("c", 200), true},  // speaks for a third
                     {[&] {
                        auto later = clash;
                        later.incarnation = somebody("b", 200).incarnation;
                        return later;
                      }(),
                      false}};
  for (const auto& row : table) {
    played p({"10.0.0.2:7000"});
    p.tick();
    p.last = p.members.refused(p.dial(), hello_verdict::tag_clash, "clash", p.now, row.by);
    CHECK(p.did(task::restart) == row.restart);
  }
}

TEST_CASE("a peer whose tag an earlier node has is dropped for it") {
  played p({});
  const auto early = somebody("b", 200);
  auto late = somebody("c", 300);
  late.tag = early.tag;
  const auto first = p.accept(late);
  CHECK(p.did(task::peer_up));
  const auto second = p.accept(early);
  CHECK(p.got(task::drop).link == first);
  CHECK(p.got(task::drop).verdict == hello_verdict::tag_clash);
  CHECK(p.got(task::peer_down).peer.name == "c");
  CHECK(p.got(task::peer_up).link == second);
}

TEST_CASE("the restart of a silent node takes over its name, its old run going down first") {
  played p({});
  const auto old = p.accept(somebody("b", 200));
  p.accept(somebody("b", 300));
  CHECK(p.got(task::send_hello).verdict == hello_verdict::duplicate_name);
  p.members.suspect(old, true);
  const auto fresh = p.accept(somebody("b", 300));
  REQUIRE(p.did(task::peer_down));
  CHECK(p.find(task::peer_down, p.last) < p.find(task::peer_up, p.last));
  CHECK(p.got(task::peer_up).link == fresh);
  CHECK(p.members.lost(old, "late news", p.now).empty());
}

TEST_CASE("each address of a DNS name is dialled, and two that lead to one node make one link") {
  played p({"nodes.example:7000"});
  p.tick();
  CHECK(p.got(task::look_up).address == "nodes.example:7000");
  CHECK_FALSE(p.did(task::probe));
  p.last = p.members.resolved("nodes.example:7000",
                              {"10.0.0.2:7000", "[fd00::2]:7000", "10.0.0.3:7000"}, p.now);
  CHECK(p.count(task::probe) == 3);
  const auto probes = p.last;
  std::vector<link_id> links;
  for (const auto& a : probes) {
    p.members.probed(a.link, true, p.now);
    p.members.dialled(a.link, dial_result::connected, p.now);
    p.last = p.members.hello(a.link,
                             somebody(a.address == "10.0.0.3:7000" ? "c" : "b",
                                      a.address == "10.0.0.3:7000" ? 300 : 200),
                             p.now);
  }
  CHECK(p.members.live().size() == 2);
  for (const auto* a : {"10.0.0.2:7000", "[fd00::2]:7000", "10.0.0.3:7000"})
    CHECK(p.state_of(a) == route_state::up);
  CHECK_FALSE(p.wait_for(task::probe));
}

TEST_CASE("DNS is asked again, and follows changes; a failure changes nothing") {
  played p({"nodes.example:7000"});
  p.tick();
  p.members.resolved("nodes.example:7000", {"10.0.0.2:7000"}, p.now);
  CHECK(p.wait_for(task::look_up, 11s));
  p.members.resolved("nodes.example:7000", {}, p.now);
  CHECK(p.knows("10.0.0.2:7000"));
  CHECK(p.wait_for(task::look_up, 11s));
  p.members.resolved("nodes.example:7000", {"10.0.0.4:7000", "nonsense", "10.0.0.4:0"}, p.now);
  p.tick(2s);  // what was under way with the old address ends
  p.tick(50ms);
  CHECK_FALSE(p.knows("10.0.0.2:7000"));
  CHECK(p.knows("10.0.0.4:7000"));
  CHECK(p.members.routes().size() == 1);
}

TEST_CASE("gossip is taken from nodes that are up only, without ourselves and without nonsense") {
  played p({}, {}, [] {
    auto own = somebody("own", 100);
    own.address = "10.0.0.1:7000";
    return own;
  }());
  auto client = somebody("shell", 300);
  client.role = peer_role::client;
  const auto shell = p.accept(client);
  p.members.gossip(shell, {"10.0.0.7:7000"}, p.now);
  const auto stranger = p.members.accepted(p.now).value();
  p.members.gossip(stranger, {"10.0.0.7:7000"}, p.now);
  CHECK(p.members.routes().empty());
  const auto node = p.accept(somebody("b", 200));
  p.members.gossip(node,
                   {"10.0.0.1:7000", "10.0.0.7:7000", "10.0.0.7", "10.0.0.8:0", ":1", "",
                    std::string(400, 'x') + ":1", "two words:1", "10.0.0.9:99999", "a\nb:1"},
                   p.now);
  CHECK(p.members.routes().size() == 1);
  CHECK(p.knows("10.0.0.7:7000"));
}

TEST_CASE("hostile gossip does not grow the list, and what leads nowhere expires") {
  membership_options options;
  options.max_learned = 50;
  played p({"10.0.0.2:7000"}, options);
  const auto node = p.accept(somebody("b", 200));
  for (int i = 0; i < 1000; ++i)
    p.members.gossip(
        node, {"10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1"}, p.now);
  CHECK(p.members.routes().size() == 50);  // 49 and the one configured; b's own is a DNS name
  for (int i = 0; i < 65; ++i) p.tick(1s);
  CHECK(p.members.routes().size() == 1);
  p.members.gossip(node, {"10.0.0.3:7000"}, p.now);
  CHECK(p.knows("10.0.0.3:7000"));
}

TEST_CASE("a learned peer that was up is dialled for a day after its loss, then forgotten") {
  played p({});
  auto who = somebody("b", 200);
  who.address = "10.0.0.2:7000";
  const auto link = p.accept(who);
  p.now += 48h;
  p.tick();
  CHECK_FALSE(p.did(task::probe));
  p.last = p.members.lost(link, "reset", p.now);
  CHECK(p.got(task::peer_down).text == "reset");
  CHECK(p.wait_for(task::probe, 200ms));
  p.tick(23h);
  CHECK(p.wait_for(task::probe, 5s));
  p.tick(61min);
  p.tick(2s);
  CHECK(p.members.routes().empty());
}

TEST_CASE("a peer that said goodbye and was configured is still dialled") {
  played p({"10.0.0.2:7000"});
  p.tick();
  const auto link = p.dial();
  p.last = p.members.hello(link, somebody("b", 200), p.now);
  p.last = p.members.goodbye(link, p.now);
  CHECK(p.did(task::peer_down));
  CHECK(p.got(task::drop).reason == drop_reason::peer_left);
  CHECK(p.state_of("10.0.0.2:7000") == route_state::left);
  CHECK(p.wait_for(task::probe, 2050ms));
}

TEST_CASE("a new peer is told of the others, one peer now and then of all, a client of nobody") {
  played p({});
  p.tick();
  p.accept(somebody("b", 200));
  CHECK_FALSE(p.did(task::send_gossip));
  const auto c = p.accept(somebody("c", 300));
  CHECK(p.got(task::send_gossip).link == c);
  CHECK(p.got(task::send_gossip).gossip == std::vector<std::string>{"b:7000"});
  auto client = somebody("shell", 400);
  client.role = peer_role::client;
  p.accept(client);
  CHECK_FALSE(p.did(task::send_gossip));
  int told = 0;
  for (int i = 0; i < 20; ++i) {
    p.tick(5s);
    told += p.did(task::send_gossip);
    CHECK(p.count(task::send_gossip) <= 1);
    for (const auto& a : p.last)
      for (const auto& address : a.gossip) CHECK(address != "shell:7000");
  }
  CHECK(told >= 5);  // the client is drawn now and then, and told nothing
}

TEST_CASE("handshakes and peers are bounded") {
  membership_options options;
  options.max_handshakes = 10;
  options.max_peers = 3;
  played p({}, options);
  for (int i = 0; i < 10; ++i) CHECK(p.members.accepted(p.now));
  CHECK_FALSE(p.members.accepted(p.now));
  p.tick(1s);  // deadlines
  for (std::uint64_t i = 0; i < 3; ++i) p.accept(somebody("n" + std::to_string(i), 200 + i));
  CHECK(p.members.live().size() == 3);
  p.accept(somebody("n9", 209));
  CHECK(p.got(task::send_hello).verdict == hello_verdict::too_many_peers);
  CHECK(p.members.live().size() == 3);
}

TEST_CASE("a thousand dead addresses do not keep a living one waiting") {
  std::vector<std::string> peers;
  for (int i = 0; i < 1000; ++i)
    peers.push_back("10.2." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1");
  played p(peers);
  p.now += 30s;
  // All run into the probe's deadline; how long between two probes of one of them?
  std::map<std::string, membership::clock::time_point> last_probe;
  auto longest = 0ms;
  for (int i = 0; i < 1200; ++i) {
    p.tick(50ms);
    for (const auto& a : p.last) {
      if (a.task != task::probe) continue;
      const auto [at, first] = last_probe.try_emplace(a.address, p.now);
      if (!first)
        longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(
                                        p.now - std::exchange(at->second, p.now)));
    }
  }
  CHECK(last_probe.size() == 1000);
  CHECK(longest < 4s);
}
