#include "cluster/node/http/internal_http.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/node/http/api/api_access.hpp"
#include "cluster/node/http/api/api_routes.hpp"
#include "cluster/node/http/api/api_service.hpp"
#include "cluster/node/http/client_files.hpp"
#include "tests/unit/cluster/scratch_file.hpp"

using namespace pushmesh;
using namespace pushmesh::http;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

net::http_request request(std::string method, std::string target, headers h = {}) {
  return {std::move(method), std::move(target), std::move(h), {}, "127.0.0.1"};
}

int status_of(const net::http_service& s, const net::http_request& head) {
  const auto refusal = s.judge(head);
  return refusal ? refusal->status : 200;
}

std::string retry_after(const net::http_response& r) {
  for (const auto& [name, value] : r.headers)
    if (name == "Retry-After") return value;
  return {};
}

internal_http with_api() {
  const scratch_file keys("k");
  const auto ok = [](const api_call&, const net::http_reply&) {
    return std::optional(net::http_response{});
  };
  return {[] { return std::string("metrics"); }, [] { return std::vector<component_health>(); },
          std::make_shared<api_service>(api_access::make({keys.name(), 0, {}}).value(),
                                        api_routes({{"GET", "/api/v1/a", api_scope::any, ok},
                                                    {"POST", "/api/v1/a", api_scope::any, ok},
                                                    {"DELETE", "/api/v1/a", api_scope::any, ok}}))};
}

}  // namespace

TEST_CASE("bodies are refused by the head where nobody looks at them") {
  internal_http http = with_api();
  http.enter(node_phase::serving);
  const auto service = http.service();
  const struct {
    std::string_view method, target, field, value;
    int status;
  } rows[] = {
      {"GET", "/livez", "content-length", "33554432", 413},
      {"GET", "/livez", "content-length", "1", 413},
      {"GET", "/livez", "content-length", "10", 413},
      {"HEAD", "/readyz", "transfer-encoding", "chunked", 413},
      {"GET", "/metrics", "transfer-encoding", "gzip, chunked", 413},
      {"GET", "/livez", "content-length", "0", 200},
      {"GET", "/livez", "content-length", "000", 200},
      {"GET", "/livez", "x-name", "n", 200},
      {"POST", "/livez", "content-length", "1", 405},
      {"POST", "/nothing", "content-length", "1", 404},
      {"GET", "/api/v1/a", "content-length", "1", 413},
      {"HEAD", "/api/v1/a", "transfer-encoding", "chunked", 413},
      {"DELETE", "/api/v1/a", "content-length", "1", 413},
      {"DELETE", "/api/v1/a", "content-length", "0", 200},
      {"POST", "/api/v1/a", "content-length", "33554432", 200},
      {"POST", "/api/v1/a", "transfer-encoding", "chunked", 200},
      {"POST", "/api/v1/b", "content-length", "1", 404},
      {"PUT", "/api/v1/a", "content-length", "1", 405},
  };
  for (const auto& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.target);
    CAPTURE(row.value);
    CHECK(status_of(service, request(std::string(row.method), std::string(row.target),
                                     {{"authorization", "Bearer k"},
                                      {"content-type", "application/json"},
                                      {std::string(row.field), std::string(row.value)}})) ==
          row.status);
  }
  CHECK(status_of(service, request("GET", "/api/v1/a", {{"content-length", "1"}})) == 401);
}

TEST_CASE("a node that starts or stops says when to come again") {
  internal_http http = with_api();
  for (const auto* target : {"/readyz", "/metrics"})
    CHECK(retry_after(http.answer(request("GET", target))) == "1");
  http.enter(node_phase::stopping);
  const auto ready = http.answer(request("GET", "/readyz"));
  CHECK(ready.status == 503);
  CHECK(retry_after(ready) == "1");
  const auto refusal = http.service().judge(request("POST", "/api/v1/a")).value();
  CHECK(refusal.status == 503);
  CHECK(retry_after(refusal) == "1");
}

TEST_CASE("the public listener reads bodies for a handler of the program alone") {
  const auto files = client_files::load("", "/socket.io/").value();
  const auto bare = with_client_files(files, nullptr);
  const auto handled =
      with_client_files(files, [](const net::http_request&) { return net::http_response{}; });
  const auto body = [](std::string target) {
    return request("POST", std::move(target), {{"content-length", "33554432"}});
  };
  CHECK(status_of(bare, body("/nothing")) == 404);
  CHECK(status_of(bare, body("/socket.io/socket.io.js")) == 413);
  CHECK(status_of(handled, body("/theirs")) == 200);
  CHECK(status_of(handled, body("/socket.io/socket.io.js")) == 413);
  CHECK(status_of(bare, request("GET", "/nothing")) == 200);  // answer() says 404
}
