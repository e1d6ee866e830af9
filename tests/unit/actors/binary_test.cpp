#include <doctest/doctest.h>

#include <map>

#include "tests/unit/actors/node_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using pushmesh::test::node_fixture;

namespace {

using closes = std::vector<close_reason>;

nsp& root(node_fixture& n) {
  return n.core->namespaces().declare("/").facade();
}

std::string place(int n) {
  return R"({"_placeholder":true,"num":)" + std::to_string(n) + "}";
}

/// A binary frame behind the text, as short ones look on the wire.
std::string attached(std::string bytes) {
  return std::string("\x82") + static_cast<char>(bytes.size()) + bytes;
}

void send_binary(node_fixture& n, const node_fixture::client& c, std::string bytes) {
  n.on_shard(c.shard, [&] { c.actor().on_binary(bytes); });
}

struct upload {
  std::string name;
  binary data;
};

template <class Fields>
void json_fields(Fields& f, upload& u) {
  f("name", u.name);
  f("data", u.data);
}

}  // namespace

TEST_CASE("a handler reads binary, alone and inside others") {
  node_fixture node;
  std::vector<std::string> got;
  root(node).on("up", [&](socket&, event& e) {
    got.emplace_back(e.get<binary>(0).view());
    got.emplace_back(e.get<upload>(1).data.view());
    const auto any = e.get<json_value>(2);
    CHECK(any["list"][0].is_binary());
    CHECK_FALSE(any["list"].is_binary());
    got.emplace_back(any["list"][0].get<binary>().view());
    CHECK(e.get_if<std::string>(0) == std::nullopt);
    CHECK(e.get_if<binary>(3) == std::nullopt);
    CHECK(e.raw(0) == place(1));
  });
  node.start();
  const auto c = node.join();
  node.text(c, R"(52-["up",)" + place(1) + R"(,{"name":"n","data":)" + place(0) + R"(},{"list":[)" +
                   place(1) + R"(]},"text"])");
  send_binary(node, c, "zero");
  CHECK(got.empty());
  send_binary(node, c, "one");
  CHECK(got == std::vector<std::string>{"one", "zero", "one"});
}

TEST_CASE("binary is passed on in events and acks, as one unit") {
  node_fixture node(2);
  root(node).on("echo", [](socket&, event& e) { e.ack(e.args()); });
  root(node).on("later", [](socket& s, event& e) {
    s.ref().post([ack = e.take_ack(), data = e.get<binary>(0)](socket&) { ack(1, data); });
  });
  root(node).on("all", [](socket& s, event& e) { s.of().emit("got", e.args(1), "end"); });
  node.start();
  const auto c = node.join(), other = node.join("/", 1);
  node.text(c, "51-7[\"echo\"," + place(0) + "]");
  send_binary(node, c, "\x01\x02");
  CHECK(node.sent(c).back() == "461-7[" + place(0) + "]" + attached("\x01\x02"));
  node.text(c, "51-8[\"later\"," + place(0) + "]");
  send_binary(node, c, "L");
  node.settle();
  CHECK(node.sent(c).back() == "461-8[1," + place(0) + "]" + attached("L"));
  // Only what the arguments name goes along.
  node.text(c, "52-[\"all\"," + place(0) + "," + place(1) + "]");
  send_binary(node, c, "a");
  send_binary(node, c, "b");
  node.settle();
  CHECK(node.sent(other).back() == "451-[\"got\"," + place(0) + ",\"end\"]" + attached("b"));
  node.text(c, "51-[\"all\"," + place(0) + ",5]");
  send_binary(node, c, "a");
  node.settle();
  CHECK(node.sent(other).back() == "42[\"got\",5,\"end\"]");
}

TEST_CASE("clients answer with binary") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  std::promise<ack_result> got;
  root(node).all().emit_with_ack("q", binary(std::string("?"))).then([&](ack_result r) {
    got.set_value(std::move(r));
  });
  node.settle();
  const auto question = node.sent(c).back();
  REQUIRE(question.starts_with("451-"));
  const auto id = question.substr(4, question.find('[') - 4);
  node.text(c, "61-" + id + "[\"yes\"," + place(0) + "]");
  send_binary(node, c, "!");
  const auto r = got.get_future().get();
  REQUIRE(r.acked.size() == 1);
  CHECK(r.acked[0].get<std::string>(0) == "yes");
  CHECK(r.acked[0].get<binary>(1).view() == "!");
  CHECK(payload_of(r.acked[0].arg(1)).attachments.size() == 1);
}

TEST_CASE("a placeholder that a client made up does not reach others as one") {
  node_fixture node;
  root(node).on("wrap", [](socket& s, event& e) {
    s.emit("plain", e.arg(0));
    s.emit("mixed", e.arg(0), binary(std::string("x")));
  });
  node.start();
  const auto c = node.join();
  node.text(c, "2[\"wrap\"," + place(0) + "]");
  const auto sent = node.sent(c);
  CHECK(sent[1] == "42[\"plain\"," + place(0) + "]");
  CHECK(sent[2] == "451-[\"mixed\",null," + place(0) + "]" + attached("x"));
}

TEST_CASE("text while an attachment is due, and binary when none is, close the connection") {
  node_fixture node;
  node.start();
  const auto a = node.join(), b = node.join(), c = node.join();
  node.text(a, "51-[\"x\"]");
  node.text(a, "2[\"y\"]");
  CHECK(a.record->closes == closes{close_reason::parse_error});
  send_binary(node, b, "x");
  CHECK(b.record->closes == closes{close_reason::parse_error});
  node.text(c, "51-[\"x\"]");
  send_binary(node, c, "x");
  send_binary(node, c, "x");
  CHECK(c.record->closes == closes{close_reason::parse_error});
}

TEST_CASE("packets without their attachments are bounded: the oldest goes first") {
  actor_options options;
  options.max_partial_bytes = 1000;
  node_fixture node(1, options);
  int events = 0;
  root(node).on_any([&](socket&, event&) { ++events; });
  node.start();
  const auto held = [&] {
    return node.core->sockets_of(*node.core->shards()[0]).counters().partial_bytes.get();
  };
  const auto a = node.join(), b = node.join(), c = node.join();
  for (const auto& each : {a, b}) {
    node.text(each, "52-[\"x\"]");
    send_binary(node, each, std::string(400, 'x'));
  }
  CHECK(held() == 2 * (4 + 3 + 2 - 1 + 400));
  CHECK(a.record->closes.empty());
  node.text(c, "52-[\"x\"]");
  send_binary(node, c, std::string(400, 'x'));
  CHECK(a.record->closes == closes{close_reason::node_overloaded});
  CHECK(b.record->closes.empty());
  send_binary(node, b, "end");
  send_binary(node, c, "end");
  CHECK(events == 2);
  CHECK(held() == 0);

  // One alone may pass the bound by itself; what it held goes with its connection, too.
  node.text(b, "53-[\"x\"]");
  send_binary(node, b, std::string(2000, 'x'));
  CHECK(b.record->closes == closes{close_reason::node_overloaded});
  node.text(c, "52-[\"x\"]");
  CHECK(held() == 8);
  node.close(c);
  CHECK(held() == 0);
}

TEST_CASE("actors emit binary to a socket and get binary back") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  caf::scoped_actor self(node.system);
  self->send(c.handle, socket_emit{1, "/", "ev", payload_of(1, binary(std::string("b")))});
  auto asked = self->request(c.handle, std::chrono::seconds(10),
                             socket_emit_with_ack{1, "/", "q", payload("2"), 5'000});
  node.settle();
  const auto sent = node.sent(c);
  CHECK(sent[1] == "451-[\"ev\",1," + place(0) + "]" + attached("b"));
  const auto id = sent[2].substr(2, sent[2].find('[') - 2);
  node.text(c, "61-" + id + "[" + place(0) + "]");
  send_binary(node, c, "r");
  asked.receive(
      [](const socket_ack& r) {
        CHECK(r.args.json == place(0));
        REQUIRE(r.args.attachments.size() == 1);
        CHECK(r.args.attachments[0].view() == "r");
      },
      [](const caf::error&) { FAIL("no answer"); });
}
