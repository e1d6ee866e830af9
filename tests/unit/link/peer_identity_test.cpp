#include "cluster/link/peer_identity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace pushmesh::cluster;

namespace {

// Somebody whose run began at `started`, with all else its own.
peer_identity node(std::string name, std::uint64_t started) {
  peer_identity p;
  p.name = name;
  p.address = name + ".example:7000";
  p.cluster = "prod";
  p.incarnation = incarnation_id::make(started, {std::uint8_t(name[0]), 2, 3});
  p.tag = {'t', 'a', 'g', name[0], char('0' + started % 10), 'x'};
  return p;
}

bool names(const std::string& sentence, std::string_view what) {
  return sentence.find(what) != sentence.npos;
}

}  // namespace

TEST_CASE("an incarnation is the time of its start and random bytes, and orders by time") {
  const auto early = incarnation_id::make(0x0123456789ab, {0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 0x0c});
  CHECK(early.hex() == "0123456789abfffe000000000000000c");
  CHECK(early.brief() == "0000000c");
  CHECK(early < incarnation_id::make(0x0123456789ac, {}));
  CHECK(early > incarnation_id::make(0x0123456789ab, {}));
}

TEST_CASE("verdicts on a hello") {
  const auto own = node("a", 100);
  struct row {
    const char* what;
    peer_identity other;
    std::optional<peer_identity> same_name;
    bool suspected;
    std::optional<peer_identity> same_tag;
    hello_verdict verdict;
  };
  const auto with = [](peer_identity p, auto change) {
    change(p);
    return p;
  };
  const auto tagged_as = [&](peer_identity p, const peer_identity& as) {
    p.tag = as.tag;
    return p;
  };
  const auto client = with(node("b", 200), [](auto& p) {
    p.role = peer_role::client;
    p.name = "a";
    p.address.clear();
  });
  const row table[] = {
      {"a stranger", node("b", 200), {}, false, {}, hello_verdict::accept},
      {"ourselves", own, {}, false, {}, hello_verdict::self},
      {"another cluster",
       with(node("b", 200), [](auto& p) { p.cluster = "test"; }),
       {},
       false,
       {},
       hello_verdict::other_cluster},
      {"a newer program",
       with(node("b", 200), [](auto& p) { ++p.wire_version; }),
       {},
       false,
       {},
       hello_verdict::wire_version_mismatch},
      {"another cluster explains more than its version",
       with(node("b", 200), [](auto& p) { p.cluster = "test", ++p.wire_version; }),
       {},
       false,
       {},
       hello_verdict::other_cluster},
      {"our name, later", node("a", 200), {}, false, {}, hello_verdict::duplicate_name},
      {"our name, earlier", node("a", 50), {}, false, {}, hello_verdict::duplicate_name},
      {"a live peer's name",
       node("b", 300),
       node("b", 200),
       false,
       {},
       hello_verdict::duplicate_name},
      {"the name of a peer that fell silent",
       node("b", 300),
       node("b", 200),
       true,
       {},
       hello_verdict::replaces_older},
      {"an older run than the silent one",
       node("b", 200),
       node("b", 300),
       true,
       {},
       hello_verdict::duplicate_name},
      {"our tag", tagged_as(node("b", 200), own), {}, false, {}, hello_verdict::tag_clash},
      {"a peer's tag",
       tagged_as(node("b", 200), node("c", 150)),
       {},
       false,
       node("c", 150),
       hello_verdict::tag_clash},
      {"a client named like us", client, {}, false, {}, hello_verdict::accept},
      {"a client named like a peer", client, node("a", 10), false, {}, hello_verdict::accept},
      {"a client with our tag", tagged_as(client, own), {}, false, {}, hello_verdict::tag_clash},
  };
  for (const auto& r : table) {
    CAPTURE(r.what);
    hello_rivals rivals;
    if (r.same_name) rivals.same_name = known_peer{&*r.same_name, r.suspected};
    if (r.same_tag) rivals.same_tag = known_peer{&*r.same_tag, false};
    const auto result = judge_hello(own, r.other, rivals);
    CHECK(result.verdict == r.verdict);
    CHECK(result.here.empty() == (r.verdict == hello_verdict::accept));
    CHECK(result.there.empty() == result.here.empty());
  }
}

TEST_CASE("two nodes that judge each other agree") {
  for (const auto& other : {node("b", 200), node("a", 200), node("a", 50),
                            [] {
                              auto p = node("b", 200);
                              p.cluster = "test";
                              return p;
                            }(),
                            [] {
                              auto p = node("b", 200);
                              p.wire_version = 7;
                              return p;
                            }()}) {
    const auto own = node("a", 100);
    CHECK(judge_hello(own, other, {}).verdict == judge_hello(other, own, {}).verdict);
  }
}

TEST_CASE("of two nodes with one tag both tell the later to restart") {
  const auto early = node("a", 100);
  auto late = node("b", 200);
  late.tag = early.tag;
  const auto at_early = judge_hello(early, late, {});
  const auto at_late = judge_hello(late, early, {});
  CHECK(at_early.verdict == hello_verdict::tag_clash);
  CHECK(at_early.loser == tag_clash_loser::them);
  CHECK(at_late.verdict == hello_verdict::tag_clash);
  CHECK(at_late.loser == tag_clash_loser::us);
  CHECK(at_early.here == at_late.here);
}

TEST_CASE("a third node that sees two peers with one tag refuses the later, in either order") {
  const auto own = node("a", 100);
  const auto early = node("b", 200);
  auto late = node("c", 300);
  late.tag = early.tag;
  CHECK(judge_hello(own, late, {{}, known_peer{&early, false}}).loser == tag_clash_loser::them);
  CHECK(judge_hello(own, early, {{}, known_peer{&late, false}}).loser ==
        tag_clash_loser::known_peer);
}

TEST_CASE("the sentences name both sides and what differs") {
  const auto own = node("alpha", 100);
  auto other = node("beta", 200);
  other.cluster = "test";
  const auto wrong_cluster = judge_hello(own, other, {});
  for (const auto* part : {"'beta'", "beta.example:7000", "'test'", "'prod'"})
    CHECK_MESSAGE(names(wrong_cluster.here, part), wrong_cluster.here);
  for (const auto* part : {"'alpha'", "alpha.example:7000", "'test'", "'prod'"})
    CHECK_MESSAGE(names(wrong_cluster.there, part), wrong_cluster.there);

  other = node("beta", 200);
  other.wire_version = 7;
  CHECK(names(judge_hello(own, other, {}).here, "wire version 7, we 1"));
  CHECK(names(judge_hello(own, other, {}).there, "wire version 1, we 7"));

  auto second = node("alpha", 300);
  second.address = "elsewhere:7000";
  for (const auto& sentence :
       {judge_hello(own, second, {}).here, judge_hello(own, second, {}).there}) {
    CHECK_MESSAGE(names(sentence, "elsewhere:7000"), sentence);
    CHECK_MESSAGE(names(sentence, "alpha.example:7000"), sentence);
    CHECK_MESSAGE(names(sentence, own.incarnation.brief()), sentence);
    CHECK_MESSAGE(names(sentence, second.incarnation.brief()), sentence);
  }
}
