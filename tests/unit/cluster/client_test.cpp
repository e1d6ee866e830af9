#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cluster/client/client.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"
#include "tests/unit/cluster/raw_client.hpp"

using namespace pushmesh;
using namespace std::chrono_literals;
using pushmesh::test::cluster_of;
using pushmesh::test::raw_client;

namespace {

void prepare(server& node) {
  node.on("nothing", [](pushmesh::socket&, event&) {});
  node.of("/").on_server_side("who",
                              [&node](server_event& e) { e.ack(node.name(), e.get<int>(0)); });
}

/// A client of Socket.IO with its id.
struct joined_client {
  explicit joined_client(const server& node) : io(node.port()), id(*socket_id::parse(io.join())) {}
  raw_client io;
  socket_id id;
};

client_options at(std::vector<std::string> nodes) {
  client_options o;
  o.nodes = std::move(nodes);
  return o;
}

}  // namespace

TEST_CASE("a client commands the sockets of all nodes") {
  cluster_of nodes(2, prepare);
  joined_client a(nodes[0]), b(nodes[1]);
  const client c(at({nodes[0].cluster_address()}));

  SUBCASE("emits, in their order, after joins") {
    const std::vector<socket_id> both{a.id, b.id};
    for (const auto& id : both) CHECK(c.to(id).sockets_join({"lobby"}).get().ok());
    const auto sent = c.to("lobby").emit("news", 1, "two").get();
    CHECK(sent.ok());
    CHECK(sent.node == "n0");
    CHECK(sent.value.complete());
    c.to("lobby").except(b.id).emit("only a").detach();
    CHECK(c.to("lobby").sockets_leave({"lobby"}).get().ok());
    CHECK(c.to("lobby").emit("nobody").get().ok());
    c.of("/").emit("last").detach();
    CHECK(a.io.expect("42") == R"(42["news",1,"two"])");
    CHECK(b.io.expect("42") == R"(42["news",1,"two"])");
    CHECK(a.io.expect("42") == R"(42["only a"])");
    CHECK(a.io.expect("42") == R"(42["last"])");
    CHECK(b.io.expect("42") == R"(42["last"])");
  }
  SUBCASE("asks, and is told who answered and who did not") {
    auto answer = c.of("/").emit_with_ack("ask", 7).timeout(2s).future();
    const auto question = b.io.expect("42");
    const auto number = question.substr(2, question.find('[') - 2);
    b.io.send_text("43" + number + R"(["yes"])");
    const auto result = answer.get();
    REQUIRE(result.ok());
    REQUIRE(result.value.acked.size() == 1);
    CHECK(result.value.acked[0].socket == b.id);
    CHECK(result.value.acked[0].node == "n1");
    CHECK(result.value.acked[0].get<std::string>() == "yes");
    CHECK(result.value.timed_out == std::vector{a.id});
  }
  SUBCASE("finds sockets, fetches them, and disconnects them") {
    const auto found = c.find_socket(b.id).get();
    REQUIRE(found.value.found.size() == 1);
    CHECK(found.value.found[0].info.node == "n1");
    CHECK(c.of("/").fetch_sockets().get().value.sockets.size() == 2);
    CHECK(c.to(b.id).disconnect_sockets(true).get().ok());
    CHECK(b.io.expect("41") == "41");
    const auto left = c.of("/").fetch_sockets().get();
    REQUIRE(left.value.sockets.size() == 1);
    CHECK(left.value.sockets[0].id == a.id);
    CHECK(c.find_socket(b.id).get().value.found.empty());
  }
  SUBCASE("asks the nodes themselves") {
    const auto nodes_up = c.nodes().get();
    REQUIRE(nodes_up.value.size() == 2);
    CHECK(nodes_up.value[0].name == "n0");
    CHECK(nodes_up.value[1].address == nodes[1].cluster_address());
    CHECK(nodes_up.value[1].tag == nodes[1].node_id());
    const auto answers = c.server_side_emit_with_ack("/", "who", 5).get();
    CHECK(answers.ok());
    CHECK(answers.value.complete());
    std::vector<std::string> texts;
    for (const auto& r : answers.value.replies) texts.push_back(r.node + ": " + r.args.json);
    std::sort(texts.begin(), texts.end());
    CHECK(texts == std::vector<std::string>{R"(n0: "n0",5)", R"(n1: "n1",5)"});
  }
  SUBCASE("is told what can never be sent") {
    CHECK(c.emit("disconnect").get().outcome == call_outcome::refused);
    CHECK(c.emit("x", std::string(33 << 20, 'x')).get().outcome == call_outcome::refused);
    CHECK(c.emit("x", std::string(9 << 20, 'x')).get().ok());
  }
}

TEST_CASE("a client goes on to another node when its own is lost") {
  cluster_of nodes(2, prepare);
  client c(at(nodes.addresses()));
  const auto first = c.nodes().get().node;
  REQUIRE(!first.empty());
  const std::size_t lost = first == "n0" ? 0 : 1;
  joined_client silent(nodes[1 - lost]);
  auto asked = c.to(silent.id).emit_with_ack("ask").timeout(20s).future();
  silent.io.expect("42");
  nodes[lost].stop();
  // A node that stops ends its links in turn: what it had asked the other node for may still reach
  // us, with that node missing, or it is gone before. (A killed one: cluster_commands.test.mjs.)
  const auto ended = asked.get();
  CHECK(ended.node == first);
  if (ended.ok()) {
    CHECK(ended.value.nodes_missing ==
          std::vector<std::string>{std::string(nodes[1 - lost].name())});
  } else {
    CHECK(ended.outcome == call_outcome::unknown_outcome);
    CHECK(ended.why == "node " + first + " was lost before it answered");
  }
  const auto found = c.find_socket(silent.id).get();
  CHECK(found.ok());
  CHECK(found.value.found.size() == 1);
  CHECK(c.node() == nodes[1 - lost].name());
}

TEST_CASE("calls that find no node end as unreachable, those of a stopped client as stopped") {
  auto options = at({"127.0.0.1:1"});
  options.unreachable_after = 100ms;
  client c(options);
  const auto result = c.emit("x").get();
  CHECK(result.outcome == call_outcome::unreachable);
  CHECK(result.why == "no node can be reached at 127.0.0.1:1");
  options.unreachable_after = 60s;
  auto other = std::make_unique<client>(options);
  const auto keeps = other->of("/");
  auto waiting = keeps.emit("x").future();
  other.reset();
  CHECK(waiting.get().outcome == call_outcome::stopped);
  CHECK(keeps.emit("x").get().outcome == call_outcome::stopped);
}

TEST_CASE("a completion handler that throws harms nobody") {
  cluster_of nodes(1, prepare);
  std::promise<std::string> logged;
  auto options = at(nodes.addresses());
  options.log = [&](int level, std::string_view line) {
    if (level == 3) logged.set_value(std::string(line));
  };
  client c(options);
  c.nodes().then([](const auto&) { throw std::runtime_error("a mistake"); });
  CHECK(logged.get_future().get() == "a completion handler failed: a mistake");
  CHECK(c.nodes().get().ok());
}

TEST_CASE("a client that can never work is refused") {
  CHECK_THROWS_WITH_AS(client(at({})), "no address of a node is given", start_error);
  CHECK_THROWS_WITH_AS(client(at({"n1"})), "\"n1\" is not HOST:PORT", start_error);
  CHECK_THROWS_AS(client(at({"10.0.0.1:4000"})), start_error);
  auto half = at({"127.0.0.1:4000"});
  half.cert = "a.pem";
  CHECK_THROWS_AS(client{half}, start_error);
}
