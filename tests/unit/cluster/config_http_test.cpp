#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "cluster/node/demo/demo.hpp"
#include "cluster/node/http/http_errors.hpp"
#include "cluster/node/http/internal_http.hpp"
#include "cluster/node/http/metrics.hpp"

using namespace pushmesh;

namespace {

net::http_request get(std::string target) {
  net::http_request request;
  request.method = "GET";
  request.target = std::move(target);
  return request;
}

net::http_request post(std::string target) {
  auto request = get(std::move(target));
  request.method = "POST";
  return request;
}

std::vector<component_health> redis_is_away() {
  return {{"connections", health_state::ok, "1 of 2", {}},
          {"redis", health_state::degraded, "no \"Redis\"", "start it", std::chrono::seconds(90)}};
}

}  // namespace

TEST_CASE("readyz in detail names the parts, what is degraded and what to do") {
  http::internal_http internal([] { return std::string(); }, redis_is_away);
  const auto early = internal.answer(get("/readyz?verbose"));
  CHECK(early.status == 503);
  CHECK(early.body ==
        "{\"ready\":false,\"parts\":[\n"
        R"({"name":"node","state":"degraded","detail":"it is starting"})"
        "\n]}\n");
  internal.enter(http::node_phase::serving);
  const auto now = internal.answer(get("/readyz?verbose"));
  CHECK(now.status == 200);
  CHECK(now.content_type == "application/json");
  CHECK(
      now.body ==
      "{\"ready\":true,\"parts\":[\n"
      R"({"name":"connections","state":"ok","detail":"1 of 2"},)"
      "\n"
      R"({"name":"redis","state":"degraded","seconds":90,"detail":"no \"Redis\"","advice":"start it"})"
      "\n]}\n");
}

TEST_CASE("livez is ok from the start, readyz while the node serves") {
  http::internal_http internal([] { return std::string("m 1\n"); }, redis_is_away);
  CHECK(internal.answer(get("/livez")).status == 200);
  CHECK(internal.answer(get("/livez")).body == "ok");
  CHECK(internal.answer(get("/readyz")).status == 503);
  CHECK(internal.answer(get("/metrics")).status == 503);
  internal.enter(http::node_phase::serving);
  CHECK(internal.answer(get("/readyz")).body == "ok");
  CHECK(internal.answer(get("/readyz?other")).body == "ok");
  CHECK(internal.answer(get("/metrics")).body == "m 1\n");
  internal.enter(http::node_phase::stopping);
  CHECK(internal.answer(get("/livez")).status == 200);
  CHECK(internal.answer(get("/readyz")).status == 503);
  CHECK(internal.answer(get("/readyz")).body ==
        R"({"error":{"code":"unavailable","message":"the node is stopping"}})");
}

TEST_CASE("other paths are 404 and other methods 405, with a JSON body") {
  const http::internal_http internal([] { return std::string(); }, redis_is_away);
  const auto missing = internal.answer(get("/a\"b"));
  CHECK(missing.status == 404);
  CHECK(missing.content_type == "application/json");
  CHECK(missing.body == R"({"error":{"code":"not_found","message":"there is nothing at /a\"b"}})");
  const auto refused = internal.answer(post("/livez"));
  CHECK(refused.status == 405);
  REQUIRE(refused.headers.size() == 1);
  CHECK(refused.headers.front() == std::pair<std::string, std::string>("Allow", "GET, HEAD"));
}

TEST_CASE("the listener's requests are judged by their heads, HEAD is as good as GET") {
  http::internal_http internal([] { return std::string(); }, redis_is_away);
  const auto service = internal.service();
  CHECK(service.judge(post("/livez"))->status == 405);
  CHECK(service.judge(get("/api/v1/cluster"))->status == 404);  // there is no API
  CHECK_FALSE(service.judge(get("/livez")));
  auto head = get("/livez");
  head.method = "HEAD";
  CHECK_FALSE(service.judge(head));
  CHECK(service.answer(head, {})->status == 200);
  CHECK(service.refuse(413).body ==
        R"({"error":{"code":"too_large","message":"the body is too long"}})");
}

TEST_CASE("an error may name the member that is wrong") {
  CHECK(http::error_response(400, "bad_request", "no", "to.users").body ==
        R"({"error":{"code":"bad_request","message":"no","field":"to.users"}})");
}

TEST_CASE("every metric has a help line and a type, and the values are the server's") {
  server_stats stats{};
  stats.connections = 7;
  stats.emits = 123456789;
  stats.disconnects[static_cast<int>(close_reason::ping_timeout)] = 3;
  const auto text = http::metrics_text(stats, {}, {"1.2.3", "n\"1", "tag", 4711});
  CHECK(text.find("\npushmesh_connections 7\n") != std::string::npos);
  CHECK(text.find("\npushmesh_emits_total 123456789\n") != std::string::npos);
  CHECK(text.find("\npushmesh_disconnects_total{reason=\"ping timeout\"} 3\n") !=
        std::string::npos);
  CHECK(text.find("\npushmesh_disconnects_total{reason=\"handler failed\"} 0\n") !=
        std::string::npos);
  CHECK(text.find("pushmesh_build_info{version=\"1.2.3\",name=\"n\\\"1\",node_id=\"tag\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("\npushmesh_capacity_connections 4711\n") != std::string::npos);
  CHECK(text.find("reason=\"none\"") == std::string::npos);

  std::istringstream lines(text);
  std::string helped, typed;
  for (std::string line, mark, word, name; std::getline(lines, line);) {
    std::istringstream(line) >> mark >> word >> name;
    if (mark != "#")
      CHECK((helped == typed && line.starts_with(typed)));
    else
      (word == "HELP" ? helped : typed) = name;
  }
}

TEST_CASE("the demo page connects to the path of the endpoint and loads nothing from elsewhere") {
  const auto answer = demo::page_handler("/my.io/");
  const auto page = answer(get("/?a=b"));
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=UTF-8");
  CHECK(page.body.find("connect(\"/my.io/\"") != std::string::npos);
  CHECK(page.body.find("{{") == std::string::npos);
  CHECK(page.body.find("://") == std::string::npos);
  CHECK(answer(get("/favicon.ico")).status == 404);
  CHECK(answer(post("/")).status == 405);
}
