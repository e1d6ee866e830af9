#include <doctest/doctest.h>

#include <sys/socket.h>

#include <chrono>

#include "tests/unit/transport/test_server.hpp"
#include "tests/unit/transport/test_tls.hpp"

using namespace pushmesh;
using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

listener_role tls_role(const tls_options& options = server_tls()) {
  listener_role role;
  role.tls = load_tls(options);
  role.http = [](const http_request&) { return http_response{.body = "plain answer"}; };
  return role;
}

// A client of the listener: TCP, and TLS in it.
struct tls_connection {
  explicit tls_connection(test_server& s, const tls_client_options& options = {})
      : server(s), tcp(s.port), tls(tcp.descriptor(), options) {}
  bool connect() {
    return server.run_until([&] { return tls.handshake() || tls.failed(); }) && !tls.failed();
  }
  bool wait_for(std::string_view text) {
    return server.run_until([&] {
      tls.receive();
      return tls.received().find(text) != std::string::npos;
    });
  }
  bool upgrade() { return connect() && tls.send(upgrade_request()) > 0 && wait_for("\"sid\""); }

  test_server& server;
  test_client tcp;
  tls_client tls;
};

}  // namespace

TEST_CASE("a WebSocket over TLS is one like any other, and known as secure") {
  auto options = server_tls();
  options.client_ca = tls_files().path("a/ca.crt");
  test_server server({}, tls_role(options));
  tls_connection c(server, {.cert = "a/alice"});
  REQUIRE(c.upgrade());
  auto& session = server.last();
  CHECK(session.about.secure());
  CHECK(session.about.client_certificate() == "O = pushmesh, CN = alice");
  CHECK(session.about.address() == "127.0.0.1");

  const std::string large(700'000, 'x');
  const auto sent = client_frame(ws_opcode::text, "4" + large);
  std::string_view rest = sent;
  CHECK(server.run_until([&] {
    rest.remove_prefix(c.tls.send(rest));
    return !session.texts.empty();
  }));
  CHECK(session.texts.front() == large);

  session.send(large);
  session.send("and more");
  CHECK(c.wait_for(large));
  CHECK(c.wait_for("4and more"));

  session.link->close(close_reason::forced_close);
  CHECK(server.run_until([&] {
    c.tls.receive();
    return session.closed.has_value();
  }));
  c.tls.send(client_frame(ws_opcode::close, "\x03\xe8"));
  CHECK(server.run_until([&] {
    c.tls.receive();
    return c.tls.said_goodbye();
  }));
}

TEST_CASE("HTTP requests over TLS share a connection") {
  test_server server({}, tls_role());
  tls_connection c(server);
  REQUIRE(c.connect());
  for (int n = 0; n < 2; ++n) {
    c.tls.received().clear();
    c.tls.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(c.wait_for("plain answer"));
  }
}

TEST_CASE("a plain HTTP request on the TLS port is told so") {
  test_server server({}, tls_role());
  test_client client(server.port);
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(server.wait_end(client));
  CHECK(client.raw().starts_with("HTTP/1.1 400 "));
  CHECK(client.raw().ends_with("use https:// or wss://"));
  CHECK(server.loop.counters().tls_failed.get() == 1);
}

TEST_CASE("what is no handshake ends its connection at once and no other") {
  test_server server({}, tls_role());
  tls_connection bystander(server);
  REQUIRE(bystander.upgrade());
  const std::string bad[] = {
      std::string(600, '\0'),
      std::string(600, '\xff'),
      "hello there\r\n\r\n",
      std::string("\x16\x03\x01\xff\xff", 5) + std::string(600, 'x'),  // a record too long
      std::string("\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00", 10),     // a message of 16 MB
      std::string("\x17\x03\x03\x00\x05hello", 10),                    // data first
      std::string("\x15\x03\x01\x00\x02\x02\x28", 7),                  // an alert
      std::string("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", 11) +
          std::string(40, 'x'),  // SSL 2
  };
  for (const auto& bytes : bad) {
    CAPTURE(bytes.size());
    test_client client(server.port);
    client.send(bytes);
    CHECK(server.wait_end(client));
  }
  CHECK(server.loop.counters().tls_failed.get() == std::ssize(bad));
  server.last().send("unharmed");
  CHECK(bystander.wait_for("4unharmed"));
}

TEST_CASE("half a handshake is cut at the deadline, however slowly its bytes come") {
  transport_options options;
  options.request_timeout = 300ms;
  test_server server(options, tls_role());
  test_client silent(server.port);
  test_client half(server.port);
  half.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  test_client slow(server.port);
  slow.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  const auto start = std::chrono::steady_clock::now();
  auto next = start;
  CHECK(server.run_until([&] {
    if (std::chrono::steady_clock::now() > next && !slow.ended()) {
      next += 20ms;
      ::send(slow.descriptor(), "x", 1, MSG_NOSIGNAL);
    }
    for (auto* c : {&silent, &half, &slow}) c->receive();
    return silent.ended() && half.ended() && slow.ended();
  }));
  CHECK(std::chrono::steady_clock::now() - start >= 300ms);
  CHECK(server.loop.open_descriptors() == 0);
}

TEST_CASE("a session over TLS without a head is cut at the same deadline") {
  transport_options options;
  options.request_timeout = 300ms;
  test_server server(options, tls_role());
  tls_connection c(server);
  REQUIRE(c.connect());
  CHECK(server.run_until([&] {
    c.tls.receive();
    return c.tls.said_goodbye();
  }));
}
