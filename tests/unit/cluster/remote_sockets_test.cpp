#include "cluster/link/remote_sockets.hpp"

#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "cluster/link/mesh.hpp"
#include "tests/unit/actors/node_fixture.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"
#include "tests/unit/link/test_peer.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using namespace pushmesh::cluster;
using namespace std::chrono_literals;
using pushmesh::test::make_peer;
using pushmesh::test::wait_for;

namespace {

constexpr auto patience = 20s;
const auto id = *socket_id::parse("PEERAABBccccccccdddd");

/// A node that has a link with a peer, whose part the test plays.
struct node_with_peer {
  pushmesh::test::node_fixture node;
  mesh* links = nullptr;
  std::shared_ptr<remote_sockets> book;
  peer_ref peer = make_peer(1, "there", "PEERAA");

  explicit node_with_peer(std::size_t max = 10) {
    auto made = std::make_unique<mesh>(*node.core, 7);
    links = made.get();
    node.core->set_cluster(std::move(made));
    book = std::make_shared<remote_sockets>(node.core, *links, max);
    node.start();
    links->peer_up(peer);
  }
  ~node_with_peer() { lose(peer); }

  void lose(const peer_ref& p) {
    p->outbox->close();
    links->peer_down(p);
  }
  caf::actor find(const socket_id& socket = id) { return book->of(node.system, socket, "/", peer); }

  /// Waits for the next item of a type, and returns its request id.
  template <class Item>
  wire_v1::request_id expect() {
    auto& ids = sent[Item::kind];
    wait_for("an item", [&] {
      pushmesh::test::read_outbox(*peer->outbox, [&](const wire_v1::raw_item& raw) {
        if (raw.kind == wire_v1::item_kind::snapshot_part) return;  // for the peer_directory there
        kinds.push_back(raw.kind);
        sent[raw.kind].emplace_back(raw.body);
      });
      return !ids.empty();
    });
    const auto body = std::move(ids.front());
    ids.pop_front();
    return wire_v1::decode<Item>(body).value().id;
  }
  std::vector<wire_v1::item_kind> kinds;                       // in the order of the link
  std::map<wire_v1::item_kind, std::deque<std::string>> sent;  // bodies not expected yet

  /// The peer answers a fetch: the socket is there.
  fetch_result there() const {
    fetch_result r;
    r.sockets.emplace_back();
    r.sockets.back().id = id;
    return r;
  }
  void answer(wire_v1::request_id request, fetch_result r) {
    links->fetches().answer(request.value, peer->link, std::move(r), true);
  }
};

template <class Handle>
caf::error refusal(Handle& asked) {
  caf::error error;
  asked.receive([](const socket_done&) {}, [&](caf::error& e) { error = std::move(e); });
  return error;
}

caf::error reason_of_down(caf::scoped_actor& self) {
  caf::error reason;
  self->receive([&](const caf::down_msg& down) { reason = down.reason; },
                caf::after(patience) >> [] { FAIL("no down_msg"); });
  return reason;
}

}  // namespace

TEST_CASE("orders go over the link in their order, and are done when the peer says so") {
  node_with_peer t;
  const auto handle = t.find();
  CHECK(t.find() == handle);
  caf::scoped_actor self{t.node.system};
  self->send(handle, socket_emit{1, "/", "first", {}});
  auto joined = self->request(handle, patience, socket_join{1, "/", {"a"}});
  auto left = self->request(handle, patience, socket_leave{1, "/", {"a"}});
  t.answer(t.expect<wire_v1::fetch_request>(), t.there());
  CHECK_FALSE(refusal(joined));
  t.answer(t.expect<wire_v1::fetch_request>(), t.there());
  CHECK_FALSE(refusal(left));
  using enum wire_v1::item_kind;
  CHECK(t.kinds == std::vector{watch, emit, rooms_join, fetch_request, rooms_leave, fetch_request});
}

TEST_CASE("an answer that the end of the socket has overtaken still counts") {
  node_with_peer t;
  const auto handle = t.find();
  caf::scoped_actor self{t.node.system};
  self->monitor(handle);
  const auto watched = t.expect<wire_v1::watch>();
  auto closed = self->request(handle, patience, socket_disconnect{1, "/", true});
  const auto request = t.expect<wire_v1::fetch_request>();
  t.links->watches().ended(watched.value, t.peer->link);
  // It takes nothing more, but waits for what is under way.
  auto late = self->request(handle, patience, socket_join{1, "/", {"a"}});
  CHECK(refusal(late) == caf::sec::request_receiver_down);
  t.answer(request, {});
  CHECK_FALSE(refusal(closed));
  CHECK_FALSE(reason_of_down(self));
  wait_for("its end", [&] { return t.book->size() == 0; });
}

TEST_CASE("when the link is lost its stand-ins go down, and what was asked fails at once") {
  node_with_peer t;
  const auto handle = t.find();
  caf::scoped_actor self{t.node.system};
  self->monitor(handle);
  auto joined = self->request(handle, patience, socket_join{1, "/", {"a"}});
  t.expect<wire_v1::fetch_request>();
  t.lose(t.peer);
  CHECK(refusal(joined) == caf::sec::request_receiver_down);
  CHECK(reason_of_down(self) == caf::exit_reason::remote_link_unreachable);
  wait_for("its end", [&] { return t.book->size() == 0; });
  auto late = self->request(handle, patience, socket_join{1, "/", {"a"}});
  CHECK(refusal(late));
  // A link that was lost before is noticed at once.
  const auto vain = t.find();
  self->monitor(vain);
  CHECK(reason_of_down(self) == caf::exit_reason::remote_link_unreachable);
}

TEST_CASE("a socket found by a new link gets a new stand-in") {
  node_with_peer t;
  const auto old = t.find();
  t.peer = make_peer(2, "there", "PEERAA");
  t.links->peer_up(t.peer);
  const auto fresh = t.find();
  CHECK(old != fresh);
  CHECK(t.find() == fresh);
  caf::scoped_actor self{t.node.system};
  self->send_exit(old, caf::exit_reason::user_shutdown);
  self->wait_for(old);
  CHECK(t.find() == fresh);
}

TEST_CASE("a stand-in nobody has ends, and the peer is told") {
  node_with_peer t;
  auto handle = t.find();
  const auto watched = t.expect<wire_v1::watch>();
  handle = nullptr;
  CHECK(t.expect<wire_v1::unwatch>() == watched);
  wait_for("its end", [&] { return t.book->size() == 0; });
}

TEST_CASE("there are only so many stand-ins at a time") {
  node_with_peer t(2);
  const auto other = *socket_id::parse("PEERAABBccccccccdde1");
  const auto third = *socket_id::parse("PEERAABBccccccccdde2");
  const auto a = t.find();
  auto b = t.find(other);
  CHECK_FALSE(t.find(third));
  CHECK(t.find(other) == b);
  b = nullptr;
  wait_for("room for one more", [&] { return t.find(third) != nullptr; });
}
