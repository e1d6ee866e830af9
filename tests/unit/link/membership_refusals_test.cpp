#include <doctest/doctest.h>

#include <string>

#include "tests/unit/link/played_membership.hpp"

using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using pushmesh::test::somebody;
using played = pushmesh::test::played_membership;
using task = membership_task;

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
