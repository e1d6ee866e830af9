#include "net/transport/http_session.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

listener_role echo_role() {
  listener_role role;
  role.http = [](const http_request& r) {
    if (r.target == "/throws") throw std::runtime_error("handler failed");
    http_response answer;
    answer.body = r.method + " " + r.target + " " + r.body + " " + std::string(r.header("x-name"));
    return answer;
  };
  return role;
}

// Sends `request` and returns all that comes until `ending` or the end of the stream.
std::string exchange(test_server& server, test_client& client, std::string_view request,
                     std::string_view ending) {
  client.send(request);
  CHECK(server.run_until([&] {
    client.receive();
    return client.ended() || client.raw().ends_with(ending);
  }));
  return client.raw();
}

std::string ask(test_server& server, std::string_view request) {
  test_client client(server.port);
  client.send(request);
  CHECK(server.wait_end(client));
  CHECK_FALSE(client.was_reset());
  return client.raw();
}

}  // namespace

TEST_CASE("plain requests are answered on one connection, pipelined ones in order") {
  test_server server({}, echo_role());
  test_client client(server.port);
  const auto first =
      exchange(server, client, "GET /a HTTP/1.1\r\nHost: h\r\nX-Name: n\r\n\r\n", " n");
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(first.find("Content-Length: 9\r\n") != std::string::npos);
  CHECK(first.find("Connection: keep-alive\r\n") != std::string::npos);
  CHECK(first.ends_with("\r\n\r\nGET /a  n"));
  const auto all =
      exchange(server, client,
               "POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyGET /c HTTP/1.1\r\n\r\n"
               "POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n",
               "POST /d xyz ");
  const auto b = all.find("POST /b body ");
  const auto c = all.find("GET /c  ");
  CHECK(b != std::string::npos);
  CHECK(c != std::string::npos);
  CHECK(b < c);
  CHECK(server.loop.counters().http_requests.get() == 4);
}

TEST_CASE("requests that come byte by byte are understood") {
  test_server server({}, echo_role());
  test_client client(server.port);
  for (char c : std::string("POST /b HTTP/1.1\r\nX-Name: n\r\nContent-Length: 4\r\n\r\nbod")) {
    client.send({&c, 1});
    server.turn();
  }
  exchange(server, client, "y", "POST /b body n");
}

TEST_CASE("HEAD is answered without a body, 1.0 closes") {
  test_server server({}, echo_role());
  const auto head = ask(server, "HEAD /a HTTP/1.1\r\nConnection: close\r\n\r\n");
  CHECK(head.find("Content-Length: 9\r\n") != std::string::npos);
  CHECK(head.find("Connection: close\r\n") != std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(ask(server, "GET /a HTTP/1.0\r\n\r\n").ends_with("GET /a  "));
}

TEST_CASE("without a handler everything else is 404") {
  test_server server;
  CHECK(ask(server, "GET /nothing HTTP/1.1\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST_CASE("a handler that throws is a 500") {
  test_server server({}, echo_role());
  CHECK(ask(server, "GET /throws HTTP/1.1\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_CASE("bad HTTP is answered and the connection ends") {
  struct row {
    std::string request;
    const char* status;
  };
  transport_options options;
  options.limits.max_payload = 1000;
  auto role = echo_role();
  role.max_body = 5000;
  const row rows[] = {
      {"nonsense\r\n\r\n", "400"},
      {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), "400"},
      {"GET / HTTP/9.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nbad header\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n", "431"},
      {"POST / HTTP/1.1\r\nContent-Length: 5001\r\n\r\n", "413"},
      {"POST /socket.io/?EIO=4 HTTP/1.1\r\nContent-Length: 1001\r\n\r\n", "413"},
      {"POST /socket.io/?EIO=4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
           std::string(2000, 'x') + "\r\n0\r\n\r\n",
       "413"},
  };
  test_server server(options, role);
  for (const auto& r : rows) {
    CAPTURE(r.request.substr(0, 60));
    const auto answer = ask(server, r.request);
    CHECK(answer.substr(9, 3) == r.status);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  }
  CHECK(server.loop.counters().http_refused.get() == std::size(rows));
}

TEST_CASE("an answer to a client that still sends is not lost by a reset") {
  listener_role role = echo_role();
  role.max_body = 10;
  test_server server({}, role);
  test_client client(server.port);
  client.send("POST / HTTP/1.1\r\nContent-Length: 500000\r\n\r\n" + std::string(200'000, 'x'));
  REQUIRE(server.wait_end(client));
  CHECK_FALSE(client.was_reset());
  CHECK(client.raw().starts_with("HTTP/1.1 413"));
  client.finish();
  CHECK(server.run_until([&] { return server.loop.open_descriptors() == 0; }));
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  test_server server({}, echo_role());
  test_client client(server.port);
  const auto interim =
      exchange(server, client,
               "POST /e HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", "\r\n\r\n");
  CHECK(interim == "HTTP/1.1 100 Continue\r\n\r\n");
  exchange(server, client, "ok", "POST /e ok ");
}

TEST_CASE("a request that does not become complete is cut") {
  transport_options options;
  options.request_timeout = 40ms;
  test_server server(options, echo_role());
  test_client silent(server.port);
  test_client half_head(server.port);
  half_head.send("GET / HTTP/1.1\r\nHos");
  test_client half_body(server.port);
  half_body.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(server.wait_end(silent));
  CHECK(server.wait_end(half_head));
  CHECK(server.wait_end(half_body));
  CHECK(server.loop.open_descriptors() == 0);
}

TEST_CASE("a large answer to a slow reader arrives whole") {
  listener_role role;
  role.http = [](const http_request&) {
    http_response answer;
    answer.body = std::string(8 << 20, 'z');
    return answer;
  };
  test_server server({}, role);
  test_client client(server.port, 4096);
  const std::string request = "GET / HTTP/1.1\r\n\r\n";
  client.send(request + request);
  REQUIRE(server.run_until([&] {
    client.receive();
    return client.raw().size() > 2 * (8 << 20);
  }));
  CHECK(client.raw().size() < 2 * (8 << 20) + 400);
}

TEST_CASE("refused Engine.IO requests are answered as the official server does") {
  transport_options options;
  options.allow_eio3 = false;
  options.origins = {"*"};
  test_server server(options);
  const auto plain = [&](const std::string& query) {
    return ask(server, "GET /socket.io/?" + query + " HTTP/1.1\r\nConnection: close\r\n\r\n");
  };
  const auto polling = plain("EIO=4&transport=tube");
  CHECK(polling.starts_with("HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n"));
  CHECK(polling.find("Access-Control-Allow-Origin: *\r\n") != std::string::npos);
  CHECK(polling.ends_with(R"({"code":0,"message":"Transport unknown"})"));
  CHECK(plain("EIO=4&transport=polling&sid=x")
            .ends_with(R"({"code":1,"message":"Session ID unknown"})"));
  CHECK(plain("EIO=4&transport=websocket").ends_with(R"({"code":3,"message":"Bad request"})"));
  CHECK(plain("EIO=7&transport=websocket")
            .ends_with(R"({"code":5,"message":"Unsupported protocol version"})"));

  const auto refused = [](const std::string& text) {
    return "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\n"
           "Content-Length: " +
           std::to_string(text.size()) + "\r\n\r\n" + text;
  };
  const auto upgrade = [&](const std::string& query) {
    return ask(server, upgrade_request("/socket.io/?" + query));
  };
  CHECK(upgrade("EIO=4&transport=websocket&sid=nope") == refused("Session ID unknown"));
  CHECK(upgrade("EIO=4&transport=abc") == refused("Transport unknown"));
  CHECK(upgrade("EIO=3&transport=websocket") == refused("Unsupported protocol version"));
  plain("EIO=3&transport=polling");
  REQUIRE(server.logged.size() == 1);  // not for each of them
  CHECK(server.logged[0].find("allow_eio3") != std::string::npos);
  CHECK(upgrade("transport=websocket") == refused("Unsupported protocol version"));
  auto no_key = upgrade_request();
  no_key.replace(no_key.find("Sec-WebSocket-Key"), 17, "Sec-WebSocket-Kex");
  CHECK(ask(server, no_key) == refused("Bad request"));
  CHECK(server.sessions.empty());
}

TEST_CASE("origins that are not listed may not upgrade") {
  transport_options options;
  options.origins = {"https://good.example"};
  test_server server(options);
  const std::string_view target = "/socket.io/?EIO=4&transport=websocket";
  const auto answer = ask(server, upgrade_request(target, "Origin: https://evil.example\r\n"));
  CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(answer.ends_with("Forbidden"));
  test_client good(server.port);
  good.send(upgrade_request(target, "Origin: https://good.example\r\n"));
  REQUIRE(server.run_until([&] { return !server.sessions.empty(); }));
  CHECK(server.last().about.header("origin") == "https://good.example");
}

TEST_CASE("an upgrade may follow plain requests, further paths are Engine.IO's as well") {
  auto role = echo_role();
  role.more_paths = {"/engine.io/"};
  test_server server({}, role);
  test_client client(server.port);
  exchange(server, client, "GET /a HTTP/1.1\r\n\r\n", "GET /a  ");
  client.send(upgrade_request("/engine.io/?EIO=4&transport=websocket"));
  REQUIRE(server.run_until([&] { return !server.sessions.empty(); }));
  CHECK(server.last().about.target().starts_with("/engine.io/"));
}

TEST_CASE("a listener without Engine.IO has no Engine.IO path") {
  listener_role role;
  role.engineio = false;
  test_server server({}, role);
  CHECK(ask(server, "GET /socket.io/?EIO=4 HTTP/1.1\r\nConnection: close\r\n\r\n")
            .starts_with("HTTP/1.1 404"));
}
