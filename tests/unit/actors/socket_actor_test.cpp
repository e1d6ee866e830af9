#include <doctest/doctest.h>

#include <caf/exit_reason.hpp>

#include "tests/unit/actors/node_fixture.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;
using pushmesh::test::node_fixture;

namespace {

nsp& root(node_fixture& n) {
  return n.core->namespaces().declare("/").facade();
}

bool starts(const std::string& text, std::string_view with) {
  return text.starts_with(with);
}

}  // namespace

TEST_CASE("a socket joins, gets its id first, and answers events") {
  node_fixture node;
  root(node).on_connection([](socket& s) { s.emit("hello", s.id().str()); });
  root(node).on("add", [](socket&, event& e) { e.ack(e.get<int>(0) + e.get<int>(1)); });
  node.start();
  const auto c = node.join();
  const auto id = node.id_of(c);
  CHECK(node.sent(c) ==
        std::vector<std::string>{"40{\"sid\":\"" + id + "\"}", "42[\"hello\",\"" + id + "\"]"});
  node.text(c, "217[\"add\",2,3]");
  CHECK(node.sent(c).back() == "4317[5]");
}

TEST_CASE("an unknown namespace is refused, the connection stays") {
  node_fixture node;
  node.start();
  const auto c = node.connect();
  node.text(c, "0/nowhere,");
  CHECK(node.sent(c) == std::vector<std::string>{"44/nowhere,{\"message\":\"Invalid namespace\"}"});
  CHECK(c.record->closes.empty());
}

TEST_CASE("a connection joins only so many namespaces, and may join others once it left") {
  actor_options options;
  options.max_namespaces = 2;
  node_fixture node(1, std::move(options));
  for (const auto* name : {"/a", "/b", "/c"}) node.core->namespaces().declare(name);
  node.start();
  const auto c = node.join("/a");
  node.text(c, "0/b,");
  node.text(c, "0/c,");
  CHECK(node.sent(c).back() == "44/c,{\"message\":\"Too many namespaces\"}");
  CHECK(node.id_of(c, "/c").empty());
  node.text(c, "1/a,");
  node.text(c, "0/c,");
  CHECK_FALSE(node.id_of(c, "/c").empty());
  CHECK(node.on_shard(0, [&] { return c.record->closes.empty(); }));
}

TEST_CASE("a connection asks only so often to join, whether it is let in or not") {
  actor_options options;
  options.max_message_rate = 0;
  node_fixture node(1, std::move(options));
  int asked = 0;
  node.core->namespaces().declare("/a").facade().use([&](socket&, next go) {
    ++asked;
    go(connect_error("no"));
  });
  node.start();
  const auto c = node.connect();
  node.on_shard(0, [&] {  // within one turn of its loop, where time stands still
    for (int i = 0; i < 300; ++i) c.actor().on_text("0/a,");
  });
  node.on_shard(0, [&] {
    CHECK(asked == 200);
    REQUIRE_FALSE(c.record->closes.empty());
    CHECK(c.record->closes.front() == close_reason::rate_limited);
  });
}

TEST_CASE("what contradicts the state of the connection closes it") {
  node_fixture node;
  node.start();
  for (std::string bad : {"2[\"x\"]", "1", "3[]", "0"}) {
    const auto c = bad == "0" ? node.join() : node.connect();
    node.text(c, bad);
    CHECK_MESSAGE(c.record->closes == std::vector<close_reason>{close_reason::forced_server_close},
                  bad);
  }
}

TEST_CASE("a wrong argument drops the event, another exception closes the connection") {
  node_fixture node;
  root(node).on("typed", [](socket&, event& e) { e.ack(e.get<int>(0)); });
  root(node).on("broken", [](socket&, event&) { throw std::runtime_error("oops"); });
  node.start();
  const auto c = node.join(), bystander = node.join();
  node.text(c, "21[\"typed\",\"five\"]");
  node.text(c, "22[\"typed\"]");
  CHECK(c.record->closes.empty());
  node.text(c, "2[\"broken\"]");
  CHECK(c.record->closes == std::vector<close_reason>{close_reason::handler_failed});
  CHECK(bystander.record->closes.empty());
  const auto& counted = node.core->sockets_of(*node.core->shards()[0]).counters();
  CHECK(counted.bad_arguments.get() == 2);
  CHECK(counted.handler_errors.get() == 1);
}

TEST_CASE("rooms, except and a socket's own id address each socket once, on every shard") {
  node_fixture node(3);
  root(node).on("join", [](socket& s, event& e) { s.join(e.get<std::string>(0)); });
  node.start();
  std::vector<node_fixture::client> c;
  for (unsigned i = 0; i < 6; ++i) c.push_back(node.join("/", i % 3));
  for (auto i : {0, 1, 2}) node.text(c[i], "2[\"join\",\"a\"]");
  for (auto i : {2, 3}) node.text(c[i], "2[\"join\",\"b\"]");
  const auto got = [&](const target& t) {
    static int number = 0;
    const auto event = "e" + std::to_string(++number);
    t.emit(event);
    node.settle();
    std::string who;
    for (const auto& each : c)
      for (const auto& text : node.sent(each))
        if (text == "42[\"" + event + "\"]") who += static_cast<char>('0' + (&each - c.data()));
    return who;
  };
  const auto all = root(node).all();
  CHECK(got(all) == "012345");
  CHECK(got(all.to("a").to("b")) == "0123");
  CHECK(got(all.to("a").except("b")) == "01");
  CHECK(got(all.except("a")) == "345");
  CHECK(got(all.to(node.id_of(c[4]))) == "4");
  CHECK(got(all.to(node.id_of(c[4])).to("b")) == "234");
  CHECK(got(all.except(node.id_of(c[4])).except("a")) == "35");
  CHECK(got(all.to(std::vector<std::string>{})) == "");
  CHECK(got(all.to("nobody")) == "");

  SUBCASE("others may join a room that is named like a socket") {
    node.text(c[0], "2[\"join\",\"" + node.id_of(c[4]) + "\"]");
    CHECK(got(all.to(node.id_of(c[4]))) == "04");
    node.close(c[0]);
    CHECK(got(all.to(node.id_of(c[4]))) == "4");
  }
}

TEST_CASE("a broadcast with ack tells who answered, who left, who timed out") {
  node_fixture node(2);
  node.start();
  const auto a = node.join("/", 0), b = node.join("/", 1), c = node.join("/", 1);
  std::promise<ack_result> got;
  root(node)
      .all()
      .emit_with_ack("q", 1)
      .timeout(std::chrono::milliseconds(150))
      .then([&](ack_result r) { got.set_value(std::move(r)); });
  node.settle();
  const auto question = node.sent(a).back();
  REQUIRE(starts(question, "42"));
  const auto id = question.substr(2, question.find('[') - 2);
  CHECK(node.sent(b).back() == question);  // one id, one frame for all
  node.text(a, "3" + id + "[\"yes\"]");
  node.text(a, "3" + id + "[\"again\"]");
  node.close(b);
  const auto r = got.get_future().get();
  REQUIRE(r.acked.size() == 1);
  CHECK(r.acked[0].socket.view() == node.id_of(a));
  CHECK(r.acked[0].args.json == "\"yes\"");
  CHECK(r.left.size() == 1);
  REQUIRE(r.timed_out.size() == 1);
  CHECK(r.timed_out[0].view() == node.id_of(c));
}

TEST_CASE("more pending acks than allowed are refused at once") {
  actor_options options;
  options.max_pending_acks = 2;
  node_fixture node(1, options);
  node.start();
  std::vector<node_fixture::client> c;
  for (int i = 0; i < 3; ++i) c.push_back(node.join());
  std::promise<ack_result> got;
  root(node).all().emit_with_ack("q").then([&](ack_result r) { got.set_value(std::move(r)); });
  CHECK(got.get_future().get().overloaded);
  CHECK(node.sent(c[0]).size() == 1);
}

TEST_CASE("middlewares run in order, may answer later, and refuse with data") {
  node_fixture node;
  std::promise<next> later;
  root(node).use([](socket& s, next go) {
    s.join("early");
    if (s.auth() == "{\"token\":\"bad\"}")
      return go(connect_error("no", std::map<std::string, int>{{"code", 401}}));
    go();
  });
  root(node).use([&](socket&, next go) { later.set_value(go); });
  node.start();
  const auto refused = node.connect();
  node.text(refused, "0{\"token\":\"bad\"}");
  CHECK(node.sent(refused).back() == "44{\"message\":\"no\",\"data\":{\"code\":401}}");
  const auto c = node.connect();
  node.text(c, "0");
  CHECK(node.sent(c).empty());
  later.get_future().get()();  // from this thread
  node.settle();
  REQUIRE(node.sent(c).size() == 1);
  CHECK(starts(node.sent(c)[0], "40{\"sid\""));
}

TEST_CASE("a middleware that forgets its answer refuses") {
  node_fixture node;
  root(node).use([](socket&, next) {});
  node.start();
  const auto c = node.connect();
  node.text(c, "0");
  node.settle();
  CHECK(node.sent(c).back() == "44{\"message\":\"middleware did not answer\"}");
}

TEST_CASE("rooms are there while disconnecting and gone at disconnect") {
  node_fixture node;
  std::vector<std::string> seen;
  root(node).on_connection([](socket& s) { s.join("r"); });
  root(node).on_disconnecting([&](socket& s, close_reason r) {
    seen.push_back("disconnecting " + std::to_string(s.rooms().size()) + " " +
                   std::string(to_string(r)));
    s.disconnect(true);  // leaving already: no effect
  });
  root(node).on_disconnect([&](socket& s, close_reason) {
    seen.push_back("disconnect " + std::to_string(s.connected()));
    s.emit("too late");
  });
  node.start();
  const auto c = node.join();
  node.text(c, "1");
  node.settle();
  CHECK(seen ==
        std::vector<std::string>{"disconnecting 2 client namespace disconnect", "disconnect 0"});
  CHECK(node.sent(c).size() == 1);
  CHECK(node.core->sockets_of(*node.core->shards()[0]).counters().rooms.get() == 0);
}

TEST_CASE(
    "an ack may be answered later from any thread, once, and after the socket left not at all") {
  node_fixture node;
  std::promise<ack> first, second;
  root(node).on("a", [&](socket&, event& e) { first.set_value(e.take_ack()); });
  root(node).on("b", [&](socket&, event& e) { second.set_value(e.take_ack()); });
  node.start();
  const auto c = node.join();
  node.text(c, "21[\"a\"]");
  const auto answer = first.get_future().get();
  CHECK(answer("late"));
  CHECK_FALSE(answer("twice"));
  node.settle();
  CHECK(node.sent(c).back() == "431[\"late\"]");
  node.text(c, "22[\"b\"]");
  node.close(c);
  second.get_future().get()("nobody there");
  node.settle();
  CHECK(c.record->sent.size() == 2);
}

TEST_CASE("the actor of a socket answers the closed list of messages and refuses others") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  caf::scoped_actor self{node.system};
  const auto limit = std::chrono::seconds(5);
  const auto failed = [](caf::error&) { FAIL("request failed"); };
  self->request(c.handle, limit, socket_join{1, "/", {"x", "y"}})
      .receive([](socket_done) {}, failed);
  self->request(c.handle, limit, socket_info_request{1, "/"})
      .receive(
          [&](const socket_description& d) {
            CHECK(d.rooms == std::vector<std::string>{node.id_of(c), "x", "y"});
          },
          failed);
  self->send(c.handle, socket_emit{1, "/", "ev", "1,2"});
  self->request(c.handle, limit, socket_leave{1, "/", {"x"}}).receive([](socket_done) {}, failed);
  CHECK(node.sent(c).back() == "42[\"ev\",1,2]");
  bool refused = false;
  self->request(c.handle, limit, std::string("what?"))
      .receive([](int) { FAIL("answered"); }, [&](caf::error&) { refused = true; });
  CHECK(refused);
  refused = false;
  self->request(c.handle, limit, socket_join{1, "/not-joined", {"x"}})
      .receive([](socket_done) { FAIL("answered"); }, [&](caf::error&) { refused = true; });
  CHECK(refused);
}

TEST_CASE("reserved event names cannot be sent, and bytes that are no text arrive as text") {
  node_fixture node;
  root(node).on("pass", [](socket& s, event& e) { s.emit(e.get<std::string>(0), "x\xFFy"); });
  node.start();
  const auto c = node.join();
  CHECK_THROWS_AS(root(node).emit("disconnect"), std::invalid_argument);
  node.text(c, "2[\"pass\",\"fine\"]");
  CHECK(node.sent(c).back() == "42[\"fine\",\"x\xEF\xBF\xBDy\"]");
  node.text(c, "2[\"pass\",\"connect\"]");
  CHECK(c.record->closes == std::vector<close_reason>{close_reason::handler_failed});
}

TEST_CASE("an ended socket sends down to its monitors and errors to its callers") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  caf::scoped_actor self{node.system};
  self->monitor(c.handle);
  node.close(c);
  self->receive([&](const caf::down_msg& d) { CHECK(d.source == c.handle.address()); });
  bool refused = false;
  self->request(c.handle, std::chrono::seconds(5), socket_info_request{1, "/"})
      .receive([](const socket_description&) { FAIL("answered"); },
               [&](caf::error& e) { refused = e == caf::sec::request_receiver_down; });
  CHECK(refused);
}

TEST_CASE("exit messages from nowhere are dropped, those of this node close the connection") {
  node_fixture node;
  node.start();
  const auto c = node.join();
  caf::anon_send_exit(c.handle, caf::exit_reason::kill);
  node.settle();
  CHECK(c.record->closes.empty());
  caf::scoped_actor self{node.system};
  self->send_exit(c.handle, caf::exit_reason::user_shutdown);
  node.settle();
  CHECK(c.record->closes == std::vector<close_reason>{close_reason::forced_server_close});
  caf::anon_send_exit(node.shard_actors[0], caf::exit_reason::kill);
  node.settle();
  self->request(node.shard_actors[0], std::chrono::seconds(5), find_socket{node.id_of(c)})
      .receive([&](const caf::actor& found) { CHECK(found == c.handle); },
               [](caf::error&) { FAIL("the shard actor is gone"); });
}

TEST_CASE("closures that hold a socket_ref keep nothing alive") {
  node_fixture node(2);
  std::vector<socket_ref> refs;
  std::mutex mutex;
  root(node).on_connection([&](socket& s) {
    s.on("never", [ref = s.ref()](socket&, event&) { ref.post([](socket&) {}); });
    std::lock_guard lock(mutex);
    refs.push_back(s.ref());
  });
  node.start();
  for (unsigned i = 0; i < 200; ++i) node.close(node.join("/", i % 2));
  bool ran = false;
  for (const auto& r : refs) r.post([&](socket&) { ran = true; });
  node.settle();
  CHECK_FALSE(ran);
  for (const auto& s : node.core->shards())
    CHECK(node.core->sockets_of(*s).counters().socket_actors.get() == 0);
}

TEST_CASE("namespaces of a pattern are made on demand and go with their last socket") {
  node_fixture node;
  auto& dynamic = node.core->namespaces().declare_pattern(
      [](std::string_view name) { return name.starts_with("/dyn-"); }, "dyn");
  dynamic.facade().on("where", [](socket& s, event& e) { e.ack(s.nsp_name(), s.of().size()); });
  node.start();
  const auto a = node.join("/dyn-1"), b = node.join("/dyn-2");
  node.text(a, "2/dyn-1,5[\"where\"]");
  CHECK(node.sent(a).back() == "43/dyn-1,5[\"/dyn-1\",1]");
  std::weak_ptr<namespace_state> const state = node.core->namespaces().find_or_make("/dyn-1");
  node.close(a);
  node.settle();
  CHECK(state.expired());
}
