#include <doctest/doctest.h>

#include "net/transport/tls/tls_connector.hpp"
#include "tests/unit/certificate_folder.hpp"
#include "tests/unit/redis/loop_runner.hpp"
#include "tests/unit/redis/redis_server.hpp"

using namespace pushmesh;
using namespace pushmesh::net::redis;
using namespace pushmesh::test;
using namespace std::chrono_literals;

namespace {

/// `a/` and `b/`: two CAs, each with a server for localhost and 127.0.0.1, and a client.
const certificate_folder& files() {
  static const auto& made = []() -> const certificate_folder& {
    static const certificate_folder folder;
    const std::string make = PUSHMESH_SOURCE_DIR "/deploy/make-certs.sh ";
    folder.run(make + "a server=localhost,127.0.0.1 elsewhere=redis.example node=node");
    folder.run(make + "b node=node");
    return folder;
  }();
  return made;
}

std::string file(const std::string& name) {
  return files().path(name);
}

/// A real redis-server that speaks TLS alone.
struct tls_redis : redis_server {
  explicit tls_redis(const std::string& certificate = "a/server", const char* clients = "no")
      : tls_redis(free_port(), certificate, clients) {}
  std::string url(const std::string& host) const {
    return "rediss://" + host + ":" + std::to_string(port);
  }
  const std::uint16_t port;

 private:
  tls_redis(std::uint16_t p, const std::string& certificate, const char* clients)
      : redis_server(0, {"--tls-port", std::to_string(p), "--tls-cert-file",
                         file(certificate + ".crt"), "--tls-key-file", file(certificate + ".key"),
                         "--tls-ca-cert-file", file("a/ca.crt"), "--tls-auth-clients", clients}),
        port(p) {}
};

redis_options over_tls(const tls_connector_options& tls) {
  redis_options o;
  o.command_timeout = 10s;
  o.connect_timeout = 10s;
  auto loaded = net::tls_connector::load(tls, "redis_tls_");
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error());
  o.tls = *loaded;
  return o;
}

std::string load_error(const tls_connector_options& tls) {
  const auto loaded = net::tls_connector::load(tls, "redis_tls_");
  return loaded ? "loaded" : loaded.error();
}

/// The first loss that is not that Redis has not started yet.
bool says(recorded_client& c, std::string_view what) {
  return c.run.until([&] { return mentions(c.losses, what); });
}

}  // namespace

TEST_CASE("TLS to Redis: the certificate must be of the CA and for the name or address") {
  tls_redis server;
  loop_runner run;
  const auto options = over_tls({.ca = file("a/ca.crt")});
  for (const auto* host : {"localhost", "127.0.0.1"}) {
    CAPTURE(host);
    recorded_client c(run, server.url(host), options);
    REQUIRE(c.wait_ready());
    CHECK(c.ask({"ECHO", "hello"})->text == "hello");
    const std::string large(3'000'000, 'x');
    CHECK(c.ask({"ECHO", large})->text == large);
    CHECK(run.loop.open_descriptors() == 1);
  }
  CHECK(run.loop.open_descriptors() == 0);
  CHECK(run.loop.counters().tls_handshakes.get() == 0);

  const auto others = over_tls({.ca = file("b/ca.crt")});
  recorded_client stranger(run, server.url("localhost"), others);
  CHECK(says(stranger, "its certificate: self-signed certificate in certificate chain"));
  const auto system = over_tls({});
  recorded_client unknown(run, server.url("localhost"), system);
  CHECK(says(unknown, "its certificate: self-signed certificate in certificate chain"));
  CHECK(stranger.ready + unknown.ready == 0);
}

TEST_CASE("TLS to Redis: a certificate for another name is refused, unless that name is told") {
  tls_redis server("a/elsewhere");
  loop_runner run;
  const auto options = over_tls({.ca = file("a/ca.crt")});
  recorded_client by_name(run, server.url("localhost"), options);
  recorded_client by_address(run, server.url("127.0.0.1"), options);
  CHECK(says(by_name, "its certificate: hostname mismatch"));
  CHECK(says(by_address, "its certificate: IP address mismatch"));
  const auto told = over_tls({.ca = file("a/ca.crt"), .name = "redis.example"});
  recorded_client c(run, server.url("127.0.0.1"), told);
  CHECK(c.wait_ready());
  CHECK(by_name.ready + by_address.ready == 0);
}

TEST_CASE("TLS to Redis: a client certificate is shown where Redis wants one") {
  tls_redis server("a/server", "yes");
  loop_runner run;
  const auto with =
      over_tls({.ca = file("a/ca.crt"), .cert = file("a/node.crt"), .key = file("a/node.key")});
  recorded_client c(run, server.url("localhost"), with);
  REQUIRE(c.wait_ready());
  CHECK(c.ask({"PING"})->text == "PONG");
  const auto without = over_tls({.ca = file("a/ca.crt")});
  recorded_client none(run, server.url("localhost"), without);
  CHECK(says(none, "alert certificate required"));
  const auto foreign =
      over_tls({.ca = file("a/ca.crt"), .cert = file("b/node.crt"), .key = file("b/node.key")});
  recorded_client other(run, server.url("localhost"), foreign);
  CHECK(says(other, "alert unknown ca"));
}

TEST_CASE("TLS to Redis: a subscription is restored after Redis was killed and frozen") {
  tls_redis server;
  loop_runner run;
  auto options = over_tls({.ca = file("a/ca.crt")});
  options.ping_interval = 100ms;
  options.command_timeout = 1s;
  recorded_subscription s(run, server.url("localhost"), options);
  REQUIRE(s.wait_live());
  server.kill();
  REQUIRE(run.until([&] { return !s.subscription.live(); }));
  server.start();
  REQUIRE(s.wait_live());
  server.signal(SIGSTOP);
  REQUIRE(run.until([&] { return !s.subscription.live(); }));
  server.signal(SIGCONT);
  REQUIRE(s.wait_live());
  for (int i = 0; i < 1000; ++i)
    s.subscription.publish("k#/#", std::to_string(i), [](redis_result) {});
  REQUIRE(s.wait_messages(1000));
  CHECK(s.messages.back() == "k#/# 999");
}

TEST_CASE("TLS to Redis: a server without TLS, or with TLS where none is expected, is an error") {
  const auto port = free_port();
  redis_server plain(port);
  tls_redis secured;
  loop_runner run;
  auto options = over_tls({.ca = file("a/ca.crt")});
  recorded_client up(run, "unix://" + plain.url().substr(7), options);
  REQUIRE(up.wait_ready());
  recorded_client to_secured(run, "redis://127.0.0.1:" + std::to_string(secured.port), options);
  CHECK(says(to_secured, "Redis closed the connection"));
  // A plain Redis takes the first bytes of TLS for the begin of a command.
  options.connect_timeout = 300ms;
  recorded_client to_plain(run, "rediss://127.0.0.1:" + std::to_string(port), options);
  CHECK(says(to_plain, "no TLS in time"));
}

TEST_CASE("TLS to Redis: files that are missing or do not fit are named with their option") {
  CHECK(load_error({.ca = "/no/ca.crt"}).find("redis_tls_ca: /no/ca.crt cannot be read") == 0);
  CHECK(load_error({.cert = file("a/node.crt")}) ==
        "redis_tls_cert and redis_tls_key belong together");
  CHECK(load_error({.cert = file("a/node.crt"), .key = file("b/node.key")})
            .find("redis_tls_key: " + file("b/node.key") + " belongs to another") == 0);
}
