// The push service on real shards, with a registry that answers when the test wants it to.
#include "cluster/push/push_service.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/unit/actors/recovery_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::test;
using namespace pushmesh::cluster::push;

namespace {

class slow_registry final : public session_registry {
 public:
  explicit slow_registry(bool& slow, std::vector<std::function<void()>>& waiting)
      : slow_(slow), waiting_(waiting) {}
  void admit(claim_ptr, std::function<void(session_verdict)> done) override {
    if (!slow_) return done({});
    waiting_.push_back([done = std::move(done)] { done({}); });
  }
  void established(const cluster::push::session_claim&) override {}
  void released(const cluster::push::session_claim&) noexcept override {}

 private:
  bool& slow_;
  std::vector<std::function<void()>>& waiting_;
};

/// One namespace with users who need no tokens. `slow` and `waiting` are of shard 0.
struct service {
  explicit service(auth_mode auth = auth_mode::none)
      : users(
            options_of(auth), std::nullopt, [](int, std::string_view) {},
            [this](auto) { return std::make_unique<slow_registry>(slow, waiting); }) {}
  static service_options options_of(auth_mode auth) {
    service_options o;
    o.auth = auth;
    return o;
  }
  bool slow = false;
  std::vector<std::function<void()>> waiting;
  push_service users;
};

std::vector<std::string> rooms_at(node_fixture& node, const node_fixture::client& c) {
  return node.on_shard(c.shard, [&] { return socket(*c.actor().in_namespace("/")).rooms(); });
}

bool is_in(node_fixture& node, const node_fixture::client& c, const std::string& room) {
  const auto rooms = rooms_at(node, c);
  return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

/// A client that logged in as u1, left, and is back; the registry has not answered yet.
node_fixture::client back_as_u1(node_fixture& node, service& push) {
  const auto before = node.connect();
  node.text(before, R"(0{"user":"u1"})");
  node.settle();
  const auto life = life_of(node, before);
  REQUIRE(is_in(node, before, "user:u1"));
  node.close(before);
  node.on_shard(0, [&] { push.slow = true; });
  auto c = back(node, claim(life));
  REQUIRE(node.id_of(c) == life.sid);
  REQUIRE(is_in(node, c, "user:u1"));
  REQUIRE(node.on_shard(0, [&] { return push.waiting.size(); }) == 1);
  return c;
}

void answer_all(node_fixture& node, service& push) {
  node.on_shard(0, [&] {
    for (const auto& each : std::exchange(push.waiting, {})) each();
  });
  node.settle();
}

}  // namespace

TEST_CASE("a logout counts for a socket that came back before the registry answered") {
  service push;  // outlives the node
  node_fixture node(1, recovering());
  push.users.attach(root(node));
  node.start();
  const auto c = back_as_u1(node, push);
  node.text(c, R"(2["logout"])");
  CHECK_FALSE(is_in(node, c, "user:u1"));
  answer_all(node, push);
  CHECK_FALSE(is_in(node, c, "user:u1"));
  CHECK(node.on_shard(0, [&] { return socket(*c.actor().in_namespace("/")).user().empty(); }));
}

TEST_CASE("a login as another user counts for a socket that came back before that") {
  service push;  // outlives the node
  node_fixture node(1, recovering());
  push.users.attach(root(node));
  node.start();
  const auto c = back_as_u1(node, push);
  node.text(c, R"(2["login","u2"])");
  answer_all(node, push);
  CHECK_FALSE(is_in(node, c, "user:u1"));
  CHECK(is_in(node, c, "user:u2"));
}

TEST_CASE("a socket that came back has the session when the registry says so") {
  service push;  // outlives the node
  node_fixture node(1, recovering());
  push.users.attach(root(node));
  node.start();
  const auto c = back_as_u1(node, push);
  answer_all(node, push);
  CHECK(is_in(node, c, "user:u1"));
  node.text(c, R"(2["logout"])");
  CHECK_FALSE(is_in(node, c, "user:u1"));
}

TEST_CASE("what a socket that comes back presents counts for more than who it was") {
  service push;  // outlives the node
  node_fixture node(1, recovering());
  push.users.attach(root(node));
  node.start();
  const auto before = node.connect();
  node.text(before, R"(0{"user":"u1"})");
  node.settle();
  auto life = claim(life_of(node, before));
  node.close(before);
  life.pop_back();  // its brace

  const auto same = back(node, life + R"(,"user":"u1"})");
  CHECK(is_in(node, same, "user:u1"));
  CHECK(node.sent(same).back().starts_with(R"(42["session",{"user":"u1")"));
  node.close(same);

  const auto other = back(node, life + R"(,"user":"u2"})");
  CHECK_FALSE(is_in(node, other, "user:u1"));
  CHECK(is_in(node, other, "user:u2"));
  CHECK(node.sent(other).back().starts_with(R"(42["session",{"user":"u2")"));
  node.close(other);

  const auto refused = back(node, life + R"(,"user":""})");
  CHECK_FALSE(is_in(node, refused, "user:u2"));
  CHECK(node.sent(refused).back().starts_with(R"(42["repeat",{"reason":"expired")"));
}

TEST_CASE("the state of a guest, with its timer, does not travel to another shard") {
  service push(auth_mode::jwt);  // outlives the node
  node_fixture node(2, recovering());
  push.users.attach(root(node));
  bool held = false, kept = true;
  root(node).on_connection([&](socket& s) { held = push_socket::of(s) != nullptr; });
  root(node).on_disconnecting(
      [&](socket& s, close_reason) { kept = push_socket::of(s) != nullptr; });
  node.start();
  const auto c = node.join("/", 0);
  CHECK(node.on_shard(0, [&] { return held; }));
  node.close(c);
  CHECK_FALSE(node.on_shard(0, [&] { return kept; }));
}

TEST_CASE("a guest that leaves the namespace cannot stay for ever without a login") {
  service push(auth_mode::jwt);  // outlives the node
  node_fixture node;
  push.users.attach(root(node));
  node.start();
  const auto c = node.join();
  node.text(c, "1");
  CHECK(node.on_shard(0, [&] { return c.record->closes.size(); }) == 1);
}
