#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/link/played_membership.hpp"

using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using pushmesh::test::somebody;
using played = pushmesh::test::played_membership;
using task = membership_task;

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
