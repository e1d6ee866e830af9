#include "cluster/link/membership.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "tests/unit/link/played_membership.hpp"

using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using pushmesh::test::somebody;
using played = pushmesh::test::played_membership;
using task = membership_task;

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
