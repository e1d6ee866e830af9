#include <doctest/doctest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "net/transport/body_quota.hpp"
#include "net/transport/http_session.hpp"
#include "tests/unit/transport/test_server.hpp"

// What a listener's http_service may do beyond answering at once.

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

http_response text(int status, std::string body) {
  return {status, "text/plain", std::move(body), {}};
}

// Refuses what has no key, by the head; else tells the length of the body.
listener_role guarded_role() {
  listener_role role;
  role.engineio = false;
  role.http.judge = [](const http_request& head) -> std::optional<http_response> {
    if (head.target == "/throws") throw std::runtime_error("judge failed");
    if (head.header("key") == "k" && head.body.empty()) return std::nullopt;
    return text(401, "no key");
  };
  role.http.answer = [](http_request r, const http_reply&) {
    return std::optional(text(200, "got " + std::to_string(r.body.size())));
  };
  role.http.refuse = [](int status) {
    return text(status, "{\"status\":" + std::to_string(status) + "}");
  };
  return role;
}

// The queue of a loop, emptied by the test.
class mailbox {
 public:
  void attach(loop_hooks& hooks) {
    hooks.post = [this](std::unique_ptr<loop_task> task) {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
    };
  }
  void deliver(io_loop& loop) {
    std::vector<std::unique_ptr<loop_task>> due;
    {
      const std::lock_guard lock(mutex_);
      due.swap(tasks_);
    }
    for (auto& task : due) task->run(loop);
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<loop_task>> tasks_;
};

bool wait_for(test_server& server, test_client& client, std::string_view ending) {
  return server.run_until([&] {
    client.receive();
    return client.raw().ends_with(ending);
  });
}

bool refused_and_closed(test_server& server, std::string_view request, std::string_view body) {
  test_client client(server.port);
  client.send(request);
  return server.wait_end(client) && client.raw().ends_with(body) &&
         client.raw().find("Connection: close\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("a request is refused by its head, before a byte of its body") {
  test_server server({}, guarded_role());
  for (const auto* head :
       {"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"}) {
    CAPTURE(head);
    CHECK(refused_and_closed(server, head, "no key"));
  }
  CHECK(server.loop.counters().http_refused.get() == 4);
}

TEST_CASE("a refused request without a body keeps its connection, also before pipelined ones") {
  test_server server({}, guarded_role());
  test_client client(server.port);
  client.send(
      "GET /a HTTP/1.1\r\n\r\n"
      "POST /b HTTP/1.1\r\nKey: k\r\nContent-Length: 4\r\n\r\nbody"
      "GET /c HTTP/1.1\r\n\r\n"
      "POST /d HTTP/1.1\r\nKey: k\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n");
  CHECK(wait_for(server, client, "got 3"));
  const auto& raw = client.raw();
  const auto first = raw.find("no key");
  const auto second = raw.find("got 4");
  const auto third = raw.rfind("no key");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

TEST_CASE("a body that is too long is refused in the service's words, announced or not") {
  auto role = guarded_role();
  role.max_body = 10;
  test_server server({}, role);
  CHECK(refused_and_closed(server, "POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 11\r\n\r\n",
                           "{\"status\":413}"));
  CHECK(refused_and_closed(
      server, "POST / HTTP/1.1\r\nKey: k\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n",
      "{\"status\":413}"));
  CHECK(refused_and_closed(server, "nonsense\r\n\r\n", "{\"status\":400}"));
  test_client client(server.port);
  client.send("POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 10\r\n\r\n0123456789");
  CHECK(wait_for(server, client, "got 10"));
}

TEST_CASE("a judge that throws refuses") {
  test_server server({}, guarded_role());
  test_client client(server.port);
  client.send("GET /throws HTTP/1.1\r\n\r\n");
  CHECK(wait_for(server, client, "Internal Server Error"));
}

TEST_CASE("an answer may come later, from any thread, while the loop serves others") {
  std::vector<http_reply> waiting;
  listener_role role;
  role.http.answer = [&](const http_request& r, http_reply reply) -> std::optional<http_response> {
    if (r.target == "/now") return text(200, "at once");
    waiting.push_back(std::move(reply));
    return std::nullopt;
  };
  mailbox mail;
  test_server server({}, role, 1 << 30, [&](loop_hooks& h) { mail.attach(h); });
  test_client slow(server.port);
  slow.send("POST /later HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET /now HTTP/1.1\r\n\r\n");
  CHECK(server.run_until([&] { return waiting.size() == 1; }));
  test_client other(server.port);
  other.send("GET /now HTTP/1.1\r\n\r\n");
  CHECK(wait_for(server, other, "at once"));
  slow.receive();
  CHECK(slow.raw().empty());
  std::thread elsewhere([reply = waiting.front()] {
    reply({201, "text/plain", "later", {{"X-Name", "n"}}});
    reply(text(500, "twice"));
  });
  CHECK(server.run_until([&] {
    mail.deliver(server.loop);
    slow.receive();
    return slow.raw().ends_with("at once");  // the one behind it
  }));
  elsewhere.join();
  CHECK(slow.raw().find("X-Name: n\r\n") != std::string::npos);
  CHECK(slow.raw().find("later") < slow.raw().find("at once"));
  CHECK(slow.raw().find("twice") == std::string::npos);
}

TEST_CASE("who went away is not answered, and its body counts as long as somebody has it") {
  std::vector<http_reply> waiting;
  listener_role role;
  role.http.answer = [&](const http_request&, http_reply reply) -> std::optional<http_response> {
    waiting.push_back(std::move(reply));
    return std::nullopt;
  };
  const auto bodies = role.bodies;
  mailbox mail;
  test_server server({}, role, 1 << 30, [&](loop_hooks& h) { mail.attach(h); });
  test_client client(server.port);
  client.send("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nab");
  CHECK(server.run_until([&] { return bodies->taken() == 2; }));
  client.send("cd");
  CHECK(server.run_until([&] { return waiting.size() == 1; }));
  CHECK(bodies->taken() == 4);
  client.reset();
  test_client other(server.port);
  other.send("nonsense\r\n\r\n");
  CHECK(server.wait_end(other));  // the server has seen the reset before
  CHECK(bodies->taken() == 4);
  waiting.front()(text(200, "nobody reads this"));
  waiting.clear();
  CHECK(bodies->taken() == 0);
  mail.deliver(server.loop);
}

TEST_CASE("bodies that are too much together are refused") {
  auto role = guarded_role();
  role.bodies = std::make_shared<body_quota>(8);
  const auto bodies = role.bodies;
  test_server server({}, role);
  test_client first(server.port);
  first.send("POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 6\r\n\r\n01234");
  CHECK(server.run_until([&] { return bodies->taken() == 5; }));
  CHECK(refused_and_closed(server, "POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 9\r\n\r\n0123",
                           "{\"status\":503}"));
  first.send("5");
  CHECK(wait_for(server, first, "got 6"));
  CHECK(bodies->taken() == 0);
}

TEST_CASE("bodies that arrive at once count, too") {
  auto role = guarded_role();
  role.bodies = std::make_shared<body_quota>(8);
  test_server server({}, role);
  CHECK(refused_and_closed(server,
                           "POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 9\r\n\r\n012345678",
                           "{\"status\":503}"));
  test_client client(server.port);
  client.send("POST / HTTP/1.1\r\nKey: k\r\nContent-Length: 8\r\n\r\n01234567");
  CHECK(wait_for(server, client, "got 8"));
  CHECK(role.bodies->taken() == 0);
}
