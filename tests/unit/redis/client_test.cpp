#include "net/redis/client.hpp"

#include <doctest/doctest.h>

#include "tests/unit/redis/loop_runner.hpp"
#include "tests/unit/redis/redis_server.hpp"

using namespace pushmesh::net::redis;
using namespace pushmesh::test;
using namespace std::chrono_literals;

namespace {

/// Times that a loaded machine keeps, and that tests can wait for.
redis_options patient() {
  redis_options o;
  o.command_timeout = 10s;
  o.connect_timeout = 10s;
  return o;
}

std::string code_of(const redis_result& r) {
  return r ? "answered" : std::to_string(static_cast<int>(r.error().code));
}

std::string code(redis_errc c) {
  return std::to_string(static_cast<int>(c));
}

}  // namespace

TEST_CASE("a client connects over TCP and over a unix socket") {
  const auto port = free_port();
  redis_server server(port);
  loop_runner run;
  const auto options = patient();
  for (const auto& url : {server.url(), "redis://127.0.0.1:" + std::to_string(port),
                          "redis://localhost:" + std::to_string(port)}) {
    CAPTURE(url);
    recorded_client c(run, url, options);
    REQUIRE(c.wait_ready());
    CHECK(c.ask({"ECHO", "hello"})->text == "hello");
    CHECK(run.loop.open_descriptors() == 1);
  }
  CHECK(run.loop.open_descriptors() == 0);
}

TEST_CASE("answers come in the order of the commands, and errors are values") {
  redis_server server;
  loop_runner run;
  const auto options = patient();
  recorded_client c(run, server.url(), options);
  REQUIRE(c.wait_ready());
  std::vector<std::string> answers;
  for (int i = 0; i < 5000; ++i)
    c.client.send({"ECHO", std::to_string(i)},
                  [&](redis_result r) { answers.push_back(r ? r->text : r.error().text); });
  REQUIRE(run.until([&] { return answers.size() == 5000; }));
  for (int i = 0; i < 5000; ++i) REQUIRE(answers[static_cast<std::size_t>(i)] == std::to_string(i));
  const auto wrong = c.ask({"NOSUCHCOMMAND"});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == redis_errc::refused);
  CHECK(c.ask({"PING"})->text == "PONG");
  const std::string large(3'000'000, 'x');
  CHECK(c.ask({"ECHO", large})->text == large);
}

TEST_CASE("the login of the URL is used: password, ACL user, database") {
  redis_server server(
      0, {"--requirepass", "secret", "--user", "ada", "on", ">lovelace", "~*", "&*", "+@all"});
  loop_runner run;
  const auto options = patient();
  recorded_client by_password(run, server.url(":secret@") + "?db=2", options);
  recorded_client by_user(run, server.url("ada:lovelace@"), options);
  REQUIRE(by_password.wait_ready());
  REQUIRE(by_user.wait_ready());
  CHECK(by_user.ask({"ACL", "WHOAMI"})->text == "ada");
  REQUIRE(by_password.ask({"SET", "here", "1"}));
  CHECK(by_user.ask({"GET", "here"})->is(reply::type::nil));
  REQUIRE(by_user.ask({"SELECT", "2"}));
  CHECK(by_user.ask({"GET", "here"})->text == "1");
}

TEST_CASE("a wrong login says what Redis says, and is tried again") {
  redis_server server(0, {"--requirepass", "secret"});
  loop_runner run;
  const auto options = patient();
  recorded_client wrong(run, server.url(":wrong@"), options);
  recorded_client none(run, server.url(), options);
  REQUIRE(run.until([&] { return mentions(wrong.losses, "WRONGPASS"); }));
  REQUIRE(run.until([&] { return mentions(none.losses, "NOAUTH"); }));
  CHECK(wrong.ready == 0);
  recorded_client right(run, server.url(":secret@"), options);
  REQUIRE(right.wait_ready());
  REQUIRE(right.ask({"CONFIG", "SET", "requirepass", "wrong"}));
  CHECK(wrong.wait_ready());
}

TEST_CASE("without a connection a command is refused at once") {
  loop_runner run;
  const auto options = patient();
  recorded_client c(run, "unix:///nowhere/redis.sock", options);
  CHECK(code_of(c.ask({"PING"})) == code(redis_errc::not_connected));
  CHECK(run.until([&] { return c.losses.size() > 3; }));
  recorded_client refused(run, "redis://127.0.0.1:" + std::to_string(free_port()), options);
  CHECK(run.until([&] { return mentions(refused.losses, "refused"); }));
  recorded_client unknown(run, "redis://no-such-host.invalid", options);
  CHECK(run.until([&] { return mentions(unknown.losses, "cannot resolve"); }));
}

TEST_CASE("what waits for Redis is bounded in number and bytes") {
  redis_server server;
  loop_runner run;
  auto options = patient();
  options.max_pending = 3;
  recorded_client c(run, server.url(), options);
  REQUIRE(c.wait_ready());
  std::vector<std::string> codes;
  const auto note = [&](redis_result r) { codes.push_back(code_of(r)); };
  for (int i = 0; i < 4; ++i) c.client.send({"PING"}, note);
  CHECK(codes == std::vector<std::string>{code(redis_errc::overloaded)});
  REQUIRE(run.until([&] { return codes.size() == 4; }));
  CHECK(codes[3] == "answered");
  options.max_pending = 100;
  options.max_pending_bytes = 1000;
  codes.clear();
  const std::string large(1000, 'x');
  c.client.send({"ECHO", large}, note);
  c.client.send({"PING"}, note);
  CHECK(codes == std::vector<std::string>{code(redis_errc::overloaded)});
  CHECK(c.ask({"PING"}).error().code == redis_errc::overloaded);
}

TEST_CASE("a killed Redis fails what waits, and the client is back when Redis is") {
  redis_server server;
  loop_runner run;
  const auto options = patient();
  recorded_client c(run, server.url(), options);
  REQUIRE(c.wait_ready());
  std::string code_of_waiting;
  server.signal(SIGSTOP);
  c.client.send({"PING"}, [&](redis_result r) { code_of_waiting = code_of(r); });
  server.kill();
  REQUIRE(run.until([&] { return !c.client.ready(); }));
  CHECK(code_of_waiting == code(redis_errc::connection_lost));
  server.start();
  REQUIRE(c.wait_ready());
  CHECK(c.client.connects() == 2);
  CHECK(c.ask({"PING"})->text == "PONG");
}

TEST_CASE("a frozen Redis is noticed, also by an idle client") {
  redis_server server;
  loop_runner run;
  redis_options options;
  options.command_timeout = 300ms;
  options.ping_interval = 100ms;
  recorded_client c(run, server.url(), options);
  REQUIRE(c.wait_ready());
  server.signal(SIGSTOP);
  REQUIRE(run.until([&] { return mentions(c.losses, "no answer within 300 ms"); }));
  CHECK_FALSE(c.client.ready());
  server.signal(SIGCONT);
  CHECK(c.wait_ready());
}

TEST_CASE("a client may end at any time, with answers under way") {
  redis_server server;
  loop_runner run;
  const auto options = patient();
  { recorded_client dialling(run, server.url(), options); }
  int answers = 0;
  {
    recorded_client c(run, server.url(), options);
    REQUIRE(c.wait_ready());
    for (int i = 0; i < 10; ++i) c.client.send({"PING"}, [&](redis_result) { ++answers; });
  }
  recorded_client other(run, server.url(), options);
  REQUIRE(other.wait_ready());
  CHECK(answers == 0);
  CHECK(run.loop.open_descriptors() == 1);
}
