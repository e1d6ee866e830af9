#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "cluster/node/socket_handle.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"
#include "tests/unit/cluster/raw_client.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using namespace std::chrono_literals;
using pushmesh::test::cluster_of;
using pushmesh::test::raw_client;
using pushmesh::test::wait_for;

namespace {

constexpr auto patience = 20s;

found_handle find(const server& node, const socket_id& id) {
  std::promise<found_handle> promise;
  node.find_handle(id, [&](found_handle f) { promise.set_value(std::move(f)); });
  return promise.get_future().get();
}

/// The answer to a request, or fails.
template <class Result, class Message>
Result answer(caf::scoped_actor& self, const caf::actor& to, const Message& question) {
  Result result;
  self->request(to, patience, question)
      .receive([&](const Result& r) { result = r; },
               [&](const caf::error& e) { FAIL(self->system().render(e)); });
  return result;
}

template <class Message>
caf::error refusal(caf::scoped_actor& self, const caf::actor& to, const Message& question) {
  caf::error error;
  self->request(to, patience, question)
      .receive([](caf::message&) {}, [&](caf::error& e) { error = std::move(e); });
  return error;
}

caf::error reason_of_down(caf::scoped_actor& self) {
  caf::error reason;
  self->receive([&](const caf::down_msg& down) { reason = down.reason; },
                caf::after(patience) >> [] { FAIL("no down_msg"); });
  return reason;
}

socket_emit emit_of(std::string event, std::string args) {
  socket_emit m;
  m.nsp = "/";
  m.event = std::move(event);
  m.args.json = std::move(args);
  return m;
}

}  // namespace

TEST_CASE("a handle takes messages and answers requests, wherever its socket is") {
  cluster_of nodes(2, [](server&) {});
  for (const std::size_t place : {0u, 1u}) {
    CAPTURE(place);
    raw_client io(nodes[place].port());
    const auto id = *socket_id::parse(io.join());
    const auto handle = find(nodes[0], id).actor;
    REQUIRE(handle);
    CHECK(handle == find(nodes[0], id).actor);
    caf::scoped_actor self{nodes[0].actor_system()};
    self->monitor(handle);

    for (int i = 0; i < 100; ++i) self->send(handle, emit_of("n", std::to_string(i)));
    for (int i = 0; i < 100; ++i) CHECK(io.expect("42") == "42[\"n\"," + std::to_string(i) + "]");

    answer<socket_done>(self, handle, socket_join{1, "/", {"a", "b"}});
    answer<socket_done>(self, handle, socket_leave{1, "/", {"b"}});
    const auto info = answer<socket_description>(self, handle, socket_info_request{1, "/"});
    CHECK(info.id == id.str());
    CHECK(info.address == "127.0.0.1");
    CHECK(info.rooms == std::vector<std::string>{id.str(), "a"});

    socket_emit_with_ack question;
    question.nsp = "/", question.event = "ask", question.args.json = "1";
    auto asked = self->request(handle, patience, question);
    const auto text = io.expect("42");
    io.send_text("43" + text.substr(2, text.find('[') - 2) + R"(["yes"])");
    asked.receive([](const socket_ack& a) { CHECK(a.args.json == R"("yes")"); },
                  [](const caf::error&) { FAIL("no answer"); });
    question.timeout_ms = 50;
    CHECK(answer<socket_ack>(self, handle, question).result ==
          static_cast<std::uint8_t>(socket_ack::outcome::timed_out));

    CHECK(refusal(self, handle, socket_join{1, "/other", {"a"}}) ==
          caf::sec::request_receiver_down);
    CHECK(refusal(self, handle, std::string("what?")) == caf::sec::unexpected_message);
    question.event = "disconnect";
    CHECK(refusal(self, handle, question) == caf::sec::invalid_argument);

    answer<socket_done>(self, handle, socket_disconnect{1, "/", true});
    CHECK_FALSE(reason_of_down(self));
    CHECK_FALSE(find(nodes[0], id).actor);
  }
}

TEST_CASE("a handle goes down with the connection of its socket, and with its node") {
  cluster_of nodes(2, [](server&) {});
  auto io = std::make_unique<raw_client>(nodes[1].port());
  const auto handle = find(nodes[0], *socket_id::parse(io->join())).actor;
  raw_client stays(nodes[1].port());
  const auto other = find(nodes[0], *socket_id::parse(stays.join())).actor;
  REQUIRE(handle);
  REQUIRE(other);
  caf::scoped_actor self{nodes[0].actor_system()};
  self->monitor(handle);
  io.reset();
  CHECK_FALSE(reason_of_down(self));
  self->monitor(other);
  socket_emit_with_ack question;
  question.nsp = "/", question.event = "ask";
  auto asked = self->request(other, patience, question);
  stays.expect("42");
  nodes[1].stop();
  // First its clients leave, then it says goodbye: the socket is gone either way.
  reason_of_down(self);
  asked.receive([](const socket_ack& a) { CHECK(a.result == 2); }, [](const caf::error&) {});
  CHECK(refusal(self, other, socket_info_request{1, "/"}));
}

TEST_CASE("a handle that nobody has any more costs nothing, here and there") {
  cluster_of nodes(2, [](server&) {});
  raw_client io(nodes[1].port());
  const auto id = *socket_id::parse(io.join());
  const auto handles = [&] { return nodes[0].cluster()->socket_handles; };
  const auto watched = [&] { return nodes[1].peers().front().watched_sockets; };
  for (int i = 0; i < 3; ++i) {
    auto handle = find(nodes[0], id).actor;
    REQUIRE(handle);
    CHECK(handles() == 1);
    wait_for("the watch", [&] { return watched() == 1; });
    handle = nullptr;
    wait_for("the end of the stand-in", [&] { return handles() == 0; });
    wait_for("the end of the watch", [&] { return watched() == 0; });
  }
}

TEST_CASE("ids of nobody have no handle") {
  cluster_of nodes(2, [](server&) {});
  for (std::size_t place = 0; place < 2; ++place) {
    const auto id = std::string(nodes[place].node_id()) + "AA" + "abcdefghijkl";
    const auto found = find(nodes[0], *socket_id::parse(id));
    CHECK_FALSE(found.actor);
    CHECK_FALSE(found.too_many);
  }
  CHECK_FALSE(find(nodes[0], *socket_id::parse("AAAAAAAAabcdefghijkl")).actor);
}
