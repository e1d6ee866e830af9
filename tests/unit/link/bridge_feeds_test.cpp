#include "cluster/link/bridge_feeds.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "actors/node_core.hpp"
#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh;
using namespace pushmesh::cluster;
using pushmesh::test::make_peer;
using pushmesh::test::sent_items;

namespace {

actors::actor_options silent() {
  actors::actor_options o;
  o.log = [](int, std::string_view) {};
  return o;
}

/// A node without shards and links, and two peers it is linked with.
struct fixture {
  actors::node_core core{silent()};
  bridge_feeds feeds{core, 1};
  peer_ref a = make_peer(1, "a", "aaaaaa");
  peer_ref b = make_peer(2, "b", "bbbbbb");

  fixture() {
    feeds.peer_up(a);
    feeds.peer_up(b);
  }
  std::vector<std::string> fed() const {
    std::vector<peer_ref> all{a, b};
    feeds.keep_fed(all);
    std::vector<std::string> names;
    for (const auto& p : all) names.push_back(p->name());
    return names;
  }
};

using names = std::vector<std::string>;

std::vector<std::pair<bool, std::string>> told_bridging(const peer_ref& to) {
  return sent_items<wire_v1::bridging>(
      to, [](const auto& x) { return std::pair(x.live, std::string(x.key)); });
}
std::vector<wire_v1::feed_event> told_news(const peer_ref& to) {
  return sent_items<wire_v1::feed_news>(to, [](const auto& x) { return x.event; });
}
std::vector<wire_v1::feed_ask> asked(const peer_ref& to) {
  return sent_items<wire_v1::feed_ask>(to, [](const auto& x) { return x; });
}

}  // namespace

TEST_CASE("every peer is told whether this node receives what is published, once per change") {
  fixture f;
  f.feeds.bridging(true);
  f.feeds.bridging(true);
  CHECK(told_bridging(f.a) == std::vector{std::pair(true, std::string())});
  const auto late = make_peer(3, "c", "cccccc");
  f.feeds.peer_up(late);
  CHECK(told_bridging(late).size() == 1);
  f.feeds.bridging(false);
  CHECK(told_bridging(late) == std::vector{std::pair(false, std::string())});
  const auto later = make_peer(4, "d", "dddddd");
  f.feeds.peer_up(later);
  CHECK(told_bridging(later).empty());
}

TEST_CASE("a peer is fed from its grant until it is handed over") {
  fixture f;
  CHECK(!f.feeds.feeding());
  f.feeds.grant({"bbbbbb", 7});
  CHECK(f.feeds.feeding());
  CHECK(f.fed() == names{"b"});
  CHECK(f.feeds.look().fed == names{"b"});
  f.feeds.hand_over({"bbbbbb", 7});
  CHECK(!f.feeds.feeding());
  CHECK(f.fed().empty());
  CHECK(told_news(f.b) ==
        std::vector{wire_v1::feed_event::granted, wire_v1::feed_event::handed_over});
  CHECK(told_news(f.a).empty());
}

TEST_CASE("a peer that is lost, or all when Redis is, are fed no more") {
  fixture f;
  f.feeds.grant({"aaaaaa", 1});
  f.feeds.grant({"bbbbbb", 2});
  f.feeds.peer_down(f.a);
  CHECK(f.fed() == names{"b"});
  f.feeds.bridging(true);
  f.feeds.bridging(false);
  CHECK(!f.feeds.feeding());
}

TEST_CASE("events for nodes go to those that are fed and are counted") {
  fixture f;
  f.feeds.grant({"aaaaaa", 1});
  f.feeds.feed_server_event("/", "reload", payload("1"));
  CHECK(sent_items<wire_v1::server_emit>(f.a, [](const auto& x) { return std::string(x.event); }) ==
        names{"reload"});
  CHECK(f.feeds.look().fed_items == 1);
  f.a->outbox->close();
  f.feeds.feed_server_event("/", "reload", payload("1"));
  CHECK(f.feeds.look().fed_dropped == 1);
}

TEST_CASE("a node without Redis leases from one peer, and from the other when that is lost") {
  fixture f;
  CHECK(asked(f.a).size() + asked(f.b).size() == 0);
  f.feeds.take(f.a, wire_v1::bridging{true, "k"});
  auto ask = asked(f.a);
  REQUIRE(ask.size() == 1);
  CHECK(ask[0].wanted);
  CHECK(f.feeds.leased());
  CHECK(f.feeds.look().feeder.empty());
  f.feeds.take(f.a, wire_v1::feed_news{ask[0].number, wire_v1::feed_event::granted});
  CHECK(f.feeds.look().feeder == "a");
  f.feeds.take(f.b, wire_v1::bridging{true, "k"});
  CHECK(asked(f.b).empty());
  f.feeds.peer_down(f.a);
  CHECK(f.feeds.look().feeder.empty());
  ask = asked(f.b);
  REQUIRE(ask.size() == 1);
  f.feeds.take(f.b, wire_v1::feed_news{ask[0].number, wire_v1::feed_event::granted});
  CHECK(f.feeds.look().feeder == "b");
  CHECK(f.feeds.look().leases == 2);
  f.feeds.take(f.b, wire_v1::bridging{false, "k"});
  CHECK(!f.feeds.leased());
}

TEST_CASE("an emit to publish goes to the node that feeds this one, else nowhere") {
  fixture f;
  CHECK(!f.feeds.forward({}, "ev", payload("1")));
  f.feeds.take(f.a, wire_v1::bridging{true, "k"});
  const auto ask = asked(f.a);
  REQUIRE(ask.size() == 1);
  CHECK(!f.feeds.forward({}, "ev", payload("1")));
  f.feeds.take(f.a, wire_v1::feed_news{ask[0].number, wire_v1::feed_event::granted});
  CHECK(f.feeds.forward({}, "ev", payload("1")));
  CHECK(sent_items<wire_v1::publish>(f.a, [](const auto& x) { return std::string(x.event); }) ==
        names{"ev"});
}
