// WebSockets of sessions that live on another node than the one their client is connected to.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/transport/relay_fixture.hpp"
#include "tests/unit/transport/test_tls.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;
using pushmesh::close_reason;

TEST_CASE("a session moves to a WebSocket that came to another node") {
  two_nodes nodes;
  const auto sid = nodes.open();
  auto& session = nodes.session_of(sid);
  auto poller = nodes.client(nodes.edge);
  poller.get(sid);
  REQUIRE(nodes.run_until([&] { return session.link->writable(); }));
  const auto ws = nodes.upgraded(sid);
  CHECK(poller.reply().body == "6");
  CHECK(nodes.edge.loop.counters().tunnels.get() == 1);
  CHECK(nodes.home.loop.counters().tunnelled.get() == 1);

  ws->send(client_frame(ws_opcode::text, "4one") + client_frame(ws_opcode::binary, "\x01\x02"));
  REQUIRE(nodes.run_until([&] { return session.binaries.size() == 1; }));
  CHECK(session.texts == std::vector<std::string>{"one"});
  session.send("two");
  session.link->send(make_frame(ws_opcode::binary, {"\x03"}));
  REQUIRE(nodes.wait_frames(*ws, 2));
  CHECK(ws->frames()[0].payload == "4two");
  CHECK(ws->frames()[1].payload == "\x03");
  poller.get(sid);
  CHECK(poller.reply().body == R"({"code":3,"message":"Bad request"})");

  SUBCASE("the server closes") {
    session.link->close(close_reason::forced_server_close);
    REQUIRE(nodes.wait_frames(*ws, 3));
    CHECK(ws->frames()[2].kind == ws_opcode::close);
    ws->send(client_frame(ws_opcode::close, "\x03\xe8"));
    CHECK(nodes.wait_end(*ws));
    CHECK_FALSE(ws->was_reset());
  }
  SUBCASE("the server closes, and the client does not answer") {
    nodes.home.options.close_timeout = 50ms;
    session.link->close(close_reason::forced_server_close);
    CHECK(nodes.wait_end(*ws));
  }
  SUBCASE("the client closes") {
    ws->send(client_frame(ws_opcode::close, "\x03\xe8"));
    REQUIRE(nodes.wait_frames(*ws, 3));
    CHECK(ws->frames()[2].kind == ws_opcode::close);
    CHECK(nodes.wait_end(*ws));
    CHECK(nodes.run_until([&] { return session.closed == close_reason::transport_close; }));
  }
  SUBCASE("the client is gone") {
    ws->reset();
    CHECK(nodes.run_until([&] { return session.closed == close_reason::transport_close; }));
  }
  SUBCASE("the client says no more") {
    ws->finish();
    CHECK(nodes.run_until([&] { return session.closed == close_reason::transport_close; }));
    CHECK(nodes.wait_end(*ws));
  }
  SUBCASE("the client breaks the protocol") {
    ws->send("\xff\xff\xff\xff");
    CHECK(nodes.run_until([&] { return session.closed == close_reason::parse_error; }));
    CHECK(nodes.wait_end(*ws));
  }
  SUBCASE("the link dies") {
    nodes.lose_link();
    CHECK(nodes.wait_end(*ws));
    CHECK(nodes.run_until([&] { return session.closed == close_reason::transport_close; }));
  }
  SUBCASE("the session is destroyed") {
    session.link.reset();
    REQUIRE(nodes.wait_frames(*ws, 3));
    CHECK(ws->frames()[2].kind == ws_opcode::close);
    ws->send(client_frame(ws_opcode::close, "\x03\xe8"));
  }
  CHECK(nodes.run_until([&] {
    return nodes.edge.loop.counters().tunnels.get() == 0 &&
           nodes.home.loop.counters().tunnelled.get() == 0;
  }));
}

TEST_CASE("an upgrade that its node refuses is refused where it came") {
  two_nodes nodes;
  const auto sid = nodes.open();
  SUBCASE("the session is not known") {
    test_client ws(nodes.edge.port);
    ws.send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + std::string(20, 'x')));
    REQUIRE(nodes.wait_end(ws));
    CHECK(ws.raw().starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(ws.raw().ends_with("\r\n\r\nSession ID unknown"));
  }
  SUBCASE("the session has a WebSocket already") {
    const auto first = nodes.upgraded(sid);
    test_client second(nodes.edge.port);
    second.expect_frames();
    second.send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + sid));
    REQUIRE(nodes.wait_frames(second, 1));
    CHECK(second.frames()[0].kind == ws_opcode::close);
    second.send(client_frame(ws_opcode::close, "\x03\xe8"));
    CHECK(nodes.wait_end(second));
    nodes.session_of(sid).send("x");
    CHECK(nodes.wait_frames(*first, 1));
  }
  SUBCASE("the probe is lost: the session polls on") {
    test_client ws(nodes.edge.port);
    ws.expect_frames();
    ws.send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + sid) +
            client_frame(ws_opcode::text, "2probe"));
    REQUIRE(nodes.wait_frames(ws, 1));
    ws.reset();
    REQUIRE(nodes.run_until([&] { return nodes.home.loop.counters().tunnelled.get() == 0; }));
    auto client = nodes.client(nodes.edge);
    nodes.session_of(sid).send("x");
    CHECK(client.body_of(sid) == "4x");
  }
}

TEST_CASE("what many clients get crosses the link once") {
  two_nodes nodes;
  std::vector<std::string> sids;
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 5; ++i) {
    sids.push_back(nodes.open());
    clients.push_back(nodes.upgraded(sids.back()));
  }
  const auto before = nodes.to_edge->all<tunnel_data>().size();
  const auto news = make_frame(ws_opcode::text, {"4", "news"});
  nodes.session_of(sids[2]).send("for one");
  for (const auto& sid : sids) nodes.session_of(sid).link->send(news);
  nodes.session_of(sids[4]).send("more");
  for (auto& c : clients) REQUIRE(nodes.wait_frames(*c, 1));
  REQUIRE(nodes.wait_frames(*clients[4], 2));
  REQUIRE(nodes.wait_frames(*clients[2], 2));
  CHECK(clients[0]->frames()[0].payload == "4news");
  CHECK(clients[2]->frames()[0].payload == "4for one");
  CHECK(clients[2]->frames()[1].payload == "4news");
  CHECK(clients[4]->frames()[1].payload == "4more");
  std::size_t bytes = 0, items = 0;
  const auto sent = nodes.to_edge->all<tunnel_data>();
  for (std::size_t i = before; i < sent.size(); ++i) {
    bytes += sent[i].bytes.size();
    ++items;
  }
  CHECK(items <= 4);
  CHECK(bytes <= 2 * news->bytes().size() + 10 + 7);
}

TEST_CASE("a client that does not read costs a window at the edge and is closed by its queue") {
  transport_options options;
  options.max_queue_bytes = 100'000;
  two_nodes nodes(options);
  const auto slow_sid = nodes.open(), quick_sid = nodes.open();
  const auto slow = nodes.upgraded(slow_sid, 4096);
  const auto quick = nodes.upgraded(quick_sid);
  auto& session = nodes.session_of(slow_sid);
  const std::string text(10'000, 'x');
  for (int i = 0; i < 10'000 && !session.closed; ++i) {
    session.send(text);
    nodes.turn();
    CHECK(nodes.edge.budget.used() < 400'000);
  }
  CHECK(session.closed == close_reason::slow_consumer);
  // The other one was not concerned.
  nodes.session_of(quick_sid).send("still here");
  REQUIRE(nodes.wait_frames(*quick, 1));
  CHECK(quick->frames()[0].payload == "4still here");
  CHECK(nodes.wait_end(*slow));
  CHECK(nodes.edge.loop.counters().tunnels.get() == 1);
}

TEST_CASE("much passes in both directions, whole and in order") {
  two_nodes nodes;
  const auto sid = nodes.open();
  const auto ws = nodes.upgraded(sid);
  auto& session = nodes.session_of(sid);
  session.text_hook = [](session_probe& self, std::string_view text) { self.send(text); };
  std::size_t expected = 0;
  for (const std::size_t size : {1, 125, 126, 20'000, 65'536, 300'000, 900'000}) {
    const std::string text(size, static_cast<char>('a' + expected));
    const auto frame = client_frame(ws_opcode::text, "4" + text);
    for (std::size_t at = 0; at < frame.size(); at += 50'000) {
      ws->send(std::string_view(frame).substr(at, 50'000));
      for (int n = 0; n < 4; ++n) nodes.turn();
    }
    ++expected;
    REQUIRE(nodes.wait_frames(*ws, expected));
    CHECK(ws->frames().back().payload.size() == size + 1);
    CHECK(ws->frames().back().payload.substr(1) == text);
  }
  CHECK_FALSE(session.closed);
}

TEST_CASE("a client that floods has a window under way, not more") {
  two_nodes nodes;
  const auto sid = nodes.open();
  const auto ws = nodes.upgraded(sid);
  // Nothing is delivered: the edge alone turns.
  nodes.to_home->waiting.clear();
  const auto frame = client_frame(ws_opcode::text, "4" + std::string(10'000, 'x'));
  for (int i = 0; i < 30; ++i) {
    ws->send(frame);
    for (int n = 0; n < 3; ++n) nodes.edge.turn();
  }
  std::size_t under_way = 0;
  for (const auto& m : nodes.to_home->waiting)
    if (const auto* data = std::get_if<tunnel_data>(&m)) under_way += data->bytes.size();
  CHECK(under_way <= tunnel_window);
  CHECK(under_way > tunnel_window - 100);  // less the frames of the upgrade
  // All of it arrives once the home takes it.
  CHECK(nodes.run_until([&] { return nodes.session_of(sid).texts.size() == 30; }));
}

TEST_CASE("while the link is full tunnels wait, and lose nothing") {
  two_nodes nodes;
  const auto sid = nodes.open();
  const auto ws = nodes.upgraded(sid);
  auto& session = nodes.session_of(sid);
  nodes.to_edge->room = 0;
  nodes.to_home->room = 0;
  for (int i = 0; i < 20; ++i) {
    session.send(std::to_string(i));
    ws->send_text("4" + std::to_string(i));
    nodes.turn();
  }
  for (int n = 0; n < 20; ++n) nodes.turn();
  ws->receive();
  CHECK(ws->frames().empty());
  CHECK(session.texts.empty());
  nodes.to_edge->room = nodes.to_home->room = 1;
  REQUIRE(nodes.wait_frames(*ws, 20));
  REQUIRE(nodes.run_until([&] { return session.texts.size() == 20; }));
  for (int i = 0; i < 20; ++i) {
    CHECK(ws->frames()[static_cast<std::size_t>(i)].payload == "4" + std::to_string(i));
    CHECK(session.texts[static_cast<std::size_t>(i)] == std::to_string(i));
  }
}

TEST_CASE("a node that stops closes the tunnels it carries, and lets no further ones begin") {
  two_nodes nodes;
  const auto sid = nodes.open();
  const auto polling = nodes.open();
  const auto ws = nodes.upgraded(sid);
  test_client late(nodes.edge.port);
  const auto request = upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + polling);
  late.send(request.substr(0, 10));
  nodes.turn();
  nodes.edge.loop.close_idle_connections();
  CHECK(nodes.edge.loop.relay().edge().has_probing_tunnels());  // there was one a moment ago
  nodes.session_of(sid).send("still");
  REQUIRE(nodes.wait_frames(*ws, 1));
  late.send(request.substr(10));
  CHECK(nodes.wait_end(late));
  nodes.session_of(sid).send("last");
  REQUIRE(nodes.run_until([&] { return nodes.session_of(sid).link->queued_bytes() == 0; }));
  nodes.turn();
  nodes.edge.loop.relay().edge().close_tunnels();
  REQUIRE(nodes.wait_frames(*ws, 3));
  CHECK(ws->frames()[1].payload == "4last");
  CHECK(ws->frames()[2].kind == ws_opcode::close);
  CHECK(nodes.wait_end(*ws));
  CHECK(nodes.run_until([&] { return nodes.session_of(sid).closed.has_value(); }));
  CHECK_FALSE(nodes.session_of(polling).closed);
  CHECK(nodes.edge.loop.open_descriptors() == 0);
}

TEST_CASE("the edge's budget closes the tunnels whose clients read least") {
  two_nodes nodes({}, {}, 10 << 20);
  const auto slow = nodes.open(), quick = nodes.open();
  const auto slow_client = nodes.upgraded(slow, 4096);
  const auto quick_client = nodes.upgraded(quick);
  nodes.session_of(slow).send(std::string(20 << 20, 'x'));
  CHECK(nodes.run_until([&] { return nodes.session_of(slow).closed.has_value(); }));
  CHECK(nodes.edge.loop.counters().overload_closed.get() == 1);
  nodes.session_of(quick).send("still here");
  CHECK(nodes.wait_frames(*quick_client, 1));
}

TEST_CASE("a client of the edge may speak TLS") {
  listener_role role;
  role.tls = load_tls(server_tls());
  two_nodes nodes({}, std::move(role));
  const auto sid = nodes.open();
  test_client tcp(nodes.edge.port);
  tls_client tls(tcp.descriptor());
  REQUIRE(nodes.run_until([&] { return tls.handshake(); }));
  const auto wait_for = [&](std::string_view text) {
    return nodes.run_until([&] {
      tls.receive();
      return tls.received().find(text) != std::string::npos;
    });
  };
  tls.send(upgrade_request("/socket.io/?EIO=4&transport=websocket&sid=" + sid) +
           client_frame(ws_opcode::text, "2probe"));
  REQUIRE(wait_for("3probe"));
  const std::string large(300'000, 'x');
  const auto sent = client_frame(ws_opcode::text, "5") + client_frame(ws_opcode::text, "4" + large);
  std::string_view rest = sent;
  auto& session = nodes.session_of(sid);
  REQUIRE(nodes.run_until([&] {
    rest.remove_prefix(tls.send(rest));
    return !session.texts.empty();
  }));
  CHECK(session.texts.front() == large);
  session.send(large);
  session.send("and more");
  CHECK(wait_for("4" + large));
  CHECK(wait_for("4and more"));
  tcp.reset();
  CHECK(nodes.run_until([&] { return session.closed.has_value(); }));
}
