#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "cluster/node/http/api/api_access.hpp"
#include "cluster/node/http/api/api_keys.hpp"
#include "cluster/node/http/api/api_path.hpp"
#include "cluster/node/http/api/api_routes.hpp"
#include "cluster/node/http/api/api_service.hpp"
#include "cluster/node/http/api/api_worker.hpp"
#include "tests/unit/cluster/scratch_file.hpp"

using namespace pushmesh;
using namespace pushmesh::http;
using namespace std::chrono_literals;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

net::http_request request(std::string method, std::string target, headers h = {}) {
  h.emplace_back("host", "127.0.0.1:9100");
  return {std::move(method), std::move(target), std::move(h), {}, "127.0.0.1"};
}

headers bearer(std::string_view key) {
  return {{"authorization", "Bearer " + std::string(key)}};
}

std::string header_of(const net::http_response& r, std::string_view name) {
  for (const auto& [n, value] : r.headers)
    if (n == name) return value;
  return {};
}

// A route that answers with its name and the parameters.
api_route named(std::string method, std::string path, api_scope needs) {
  return {method, path, needs, [method, path](const api_call& call, const net::http_reply&) {
            net::http_response r;
            r.body = method + " " + path;
            for (const auto& p : call.parameters) r.body += " <" + p + ">";
            return std::optional(r);
          }};
}

api_routes some_routes() {
  return api_routes({named("GET", "/api/v1/a", api_scope::read),
                     named("POST", "/api/v1/a", api_scope::push),
                     named("GET", "/api/v1/b/{x}/c/{y}", api_scope::any),
                     named("DELETE", "/api/v1/d/{x}", api_scope::admin)});
}

constexpr std::string_view some_keys =
    "# who: what\n"
    "\n"
    "push-key push\r\n"
    "  read-key \t read , admin  \n"
    "all-key\n"
    "padded==  push";

api_service service_with(std::string_view keys, std::uint32_t rate = 0) {
  const scratch_file file(keys);
  return {api_access::make({file.name(), rate, {}}).value(), some_routes()};
}

int status_of(const api_service& s, const net::http_request& r) {
  const auto refusal = s.judge(r);
  return refusal ? refusal->status : 200;
}

}  // namespace

TEST_CASE("a key file has keys with their scopes, comments and blank lines") {
  const auto keys = api_keys::parse(some_keys);
  REQUIRE(keys);
  CHECK(keys->size() == 4);
  CHECK(keys->find("push-key")->scopes == api_scopes().with(api_scope::push));
  CHECK(keys->find("read-key")->scopes ==
        api_scopes().with(api_scope::read).with(api_scope::admin));
  CHECK(keys->find("all-key")->scopes == api_scopes::all());
  CHECK(keys->find("padded==") != nullptr);
  for (const auto* other : {"", "push-ke", "push-key ", "push-keyx", "# who:", "padded"})
    CHECK(keys->find(other) == nullptr);
}

TEST_CASE("no scope includes another, and every key has what any key may") {
  const auto push = api_scopes().with(api_scope::push);
  CHECK(push.include(api_scope::push));
  CHECK(push.include(api_scope::any));
  CHECK_FALSE(push.include(api_scope::read));
  CHECK_FALSE(push.include(api_scope::admin));
  CHECK_FALSE(api_scopes().with(api_scope::admin).include(api_scope::push));
}

TEST_CASE("mistakes in a key file are told by their line, without the key") {
  const struct {
    std::string text, message;
  } rows[] = {
      {"", "there is no key in it"},
      {"\n# only\n \t\n", "there is no key in it"},
      {"secret1\nsecret2 pull", "line 2: unknown scope \"pull\"; there are push, read and admin"},
      {"secret push read", "line 1: unknown scope \"push read\"; there are push, read and admin"},
      {"secret push,", "line 1: unknown scope \"\"; there are push, read and admin"},
      {"secret Push", "line 1: unknown scope \"Push\"; there are push, read and admin"},
      {"secret\nsecret read", "line 2: the key is there already"},
      {"sec:ret", "line 1: a key has up to 512 letters, digits and -._~+/, and may end in ="},
      {"s\xc3\xa9"
       "cret",
       "line 1: a key has up to 512 letters, digits and -._~+/, and may end in ="},
      {"==", "line 1: a key has up to 512 letters, digits and -._~+/, and may end in ="},
      {std::string(513, 'k'),
       "line 1: a key has up to 512 letters, digits and -._~+/, and may end in ="},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto keys = api_keys::parse(row.text);
    REQUIRE_FALSE(keys);
    CHECK(keys.error() == row.message);
  }
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "key" + std::to_string(i) + "\n";
  CHECK(api_keys::parse(many).error() == "line 1001: there are more than 1000 keys");
  CHECK(api_keys::load("/nowhere/keys").error() == "/nowhere/keys: No such file or directory");
  CHECK(api_keys::load("/").error().starts_with("/: "));
  const scratch_file large(std::string(1024 * 1024 + 1, '\n'));
  CHECK(api_keys::load(large.name()).error() == large.name() + ": longer than 1 MiB");
}

TEST_CASE("paths are split as they were sent, and only paths are") {
  using segments = std::vector<std::string_view>;
  CHECK(split_path("/") == segments{""});
  CHECK(split_path("/a/b") == segments{"a", "b"});
  CHECK(split_path("/a/b?c/d=%zz") == segments{"a", "b"});
  CHECK(split_path("/a//b/") == segments{"a", "", "b", ""});
  CHECK(split_path("/a/../b") == segments{"a", "..", "b"});
  CHECK(split_path("/a%2Fb;c=1") == segments{"a%2Fb;c=1"});
  for (const auto* target :
       {"",     "a",     "*",   "http://127.0.0.1/a", "?a",   "/a b",  "/a\\b", "/a#b", "/%",
        "/%2",  "/%g0",  "/a%", "/\xc3\xa9",          "/a\"", "/a<b>", "/{a}",  "/a|b", "/a^b",
        "/a`b", "/a\x01"}) {
    CAPTURE(target);
    CHECK_FALSE(split_path(target));
  }
}

TEST_CASE("a segment is text, or nothing") {
  CHECK(decode_segment("a-B_1~") == "a-B_1~");
  CHECK(decode_segment("a%2fb%2Fc") == "a/b/c");
  CHECK(decode_segment("%C3%A9%20;=") == "\xc3\xa9 ;=");
  CHECK(decode_segment("%252e") == "%2e");
  CHECK(decode_segment("...") == "...");
  for (const auto* bad : {"", ".", "..", "%2e", "%2E%2e", ".%2e", "%00", "a%0d%0a", "%7f", "%C3",
                          "%ff", "%ED%A0%80", "%c0%af", "%", "a%2", "%zz"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_segment(bad));
  }
}

TEST_CASE("a request finds its route, or what it may do there") {
  const auto routes = some_routes();
  using enum route_match::kind;
  const struct {
    std::string_view method, target;
    route_match::kind what;
    std::string_view allow;
  } rows[] = {
      {"GET", "/api/v1/a", found, "GET, HEAD, POST, OPTIONS"},
      {"HEAD", "/api/v1/a?x=1", found, "GET, HEAD, POST, OPTIONS"},
      {"POST", "/api/v1/a", found, "GET, HEAD, POST, OPTIONS"},
      {"PUT", "/api/v1/a", other_method, "GET, HEAD, POST, OPTIONS"},
      {"get", "/api/v1/a", other_method, "GET, HEAD, POST, OPTIONS"},
      {"OPTIONS", "/api/v1/d/x", other_method, "DELETE, OPTIONS"},
      {"HEAD", "/api/v1/d/x", other_method, "DELETE, OPTIONS"},
      {"GET", "/api/v1/a/", unknown, ""},
      {"GET", "//api/v1/a", unknown, ""},
      {"GET", "/api//v1/a", unknown, ""},
      {"GET", "/api/v1/./a", unknown, ""},
      {"GET", "/api/v1/x/../a", unknown, ""},
      {"GET", "/api/v1/%61", unknown, ""},
      {"GET", "/api%2fv1%2fa", unknown, ""},
      {"GET", "/api/v1/a;x=1", unknown, ""},
      {"GET", "/API/v1/a", unknown, ""},
      {"GET", "/api/v1/b//c/2", unknown, ""},
      {"GET", "/api/v1/b/1/c/", unknown, ""},
      {"GET", "/api/v1/b/../c/2", bad_path, "GET, HEAD"},
      {"GET", "/api/v1/b/%2e%2e/c/2", bad_path, "GET, HEAD"},
      {"GET", "/api/v1/b/%ff/c/2", bad_path, "GET, HEAD"},
      {"GET", "http://127.0.0.1/api/v1/a", bad_path, ""},
      {"OPTIONS", "*", bad_path, ""},
      {"GET", "", bad_path, ""},
      {"GET", "/api/v1/b/%/c/2", bad_path, ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.method);
    CAPTURE(row.target);
    const auto m = routes.match(row.method, row.target);
    CHECK((m.what == row.what));
    CHECK(m.allow == row.allow);
  }
  const auto m = routes.match("GET", "/api/v1/b/one%2Ftwo/c/3;4?five");
  CHECK(m.parameters == std::vector<std::string>{"one/two", "3;4"});
}

TEST_CASE("who has no key learns nothing, and who has one only what it is for") {
  const auto s = service_with(some_keys);
  for (const auto* target : {"/api/v1/a", "/api/v1/nothing", "/api/v1/../x", "*"}) {
    CAPTURE(target);
    CHECK(status_of(s, request("GET", target)) == 401);
    CHECK(status_of(s, request("GET", target, bearer("wrong"))) == 401);
  }
  const auto none = s.judge(request("GET", "/api/v1/a")).value();
  CHECK(header_of(none, "WWW-Authenticate") == "Bearer realm=\"pushmesh\"");
  CHECK(
      none.body ==
      R"({"error":{"code":"unauthorized","message":"a key is needed: Authorization: Bearer KEY"}})");
  const auto wrong = s.judge(request("GET", "/api/v1/a", bearer("guess"))).value();
  CHECK(header_of(wrong, "WWW-Authenticate") ==
        "Bearer realm=\"pushmesh\", error=\"invalid_token\"");
  CHECK(wrong.body.find("guess") == std::string::npos);

  CHECK(status_of(s, request("GET", "/api/v1/a", bearer("read-key"))) == 200);
  CHECK(status_of(s, request("GET", "/api/v1/a", bearer("push-key"))) == 403);
  CHECK(status_of(s, request("GET", "/api/v1/b/1/c/2", bearer("push-key"))) == 200);
  CHECK(status_of(s, request("DELETE", "/api/v1/d/1", bearer("read-key"))) == 200);
  CHECK(status_of(s, request("DELETE", "/api/v1/d/1", bearer("push-key"))) == 403);
  CHECK(status_of(s, request("GET", "/api/v1/a", bearer("all-key"))) == 200);
  CHECK(s.judge(request("GET", "/api/v1/a", bearer("push-key")))->body ==
        R"({"error":{"code":"forbidden","message":"the key has not the scope \"read\""}})");
}

TEST_CASE("a key is sent as RFC 6750 has it, once") {
  const auto s = service_with(some_keys);
  const auto status = [&](headers h) { return status_of(s, request("GET", "/api/v1/a", h)); };
  CHECK(status({{"authorization", "bearer all-key"}}) == 200);
  CHECK(status({{"authorization", "BEARER   all-key"}}) == 200);
  for (const auto* value : {"", "Bearer", "Bearer ", "all-key", "Basic all-key", "Bearer\tall-key",
                            "Bearer all-key x", "Bearer all-key,read-key", "Bearer \"all-key\""}) {
    CAPTURE(value);
    CHECK(status({{"authorization", value}}) == 401);
  }
  CHECK(status({{"authorization", "Bearer all-key"}, {"authorization", "Bearer all-key"}}) == 401);
}

TEST_CASE("what is refused by the head says why") {
  const auto s = service_with(some_keys);
  const auto all = [&](std::string method, std::string target, headers more = {}) {
    auto h = bearer("all-key");
    h.insert(h.end(), more.begin(), more.end());
    return s.judge(request(std::move(method), std::move(target), std::move(h)));
  };
  CHECK(all("GET", "/api/v1/x")->status == 404);
  CHECK(all("GET", "/api/v1/a/%")->status == 400);
  const auto refused = all("PATCH", "/api/v1/a").value();
  CHECK(refused.status == 405);
  CHECK(header_of(refused, "Allow") == "GET, HEAD, POST, OPTIONS");
  const auto options = all("OPTIONS", "/api/v1/a").value();
  CHECK(options.status == 204);
  CHECK(header_of(options, "Allow") == "GET, HEAD, POST, OPTIONS");
  CHECK(all("POST", "/api/v1/a")->status == 415);
  CHECK(all("POST", "/api/v1/a", {{"content-type", "text/plain"}})->status == 415);
  CHECK(all("POST", "/api/v1/a", {{"content-type", "application/jsonp"}})->status == 415);
  CHECK(
      all("POST", "/api/v1/a", {{"content-type", "application/json"}, {"content-encoding", "gzip"}})
          ->status == 415);
  CHECK_FALSE(all("POST", "/api/v1/a", {{"content-type", "Application/JSON ; charset=utf-8"}}));
}

TEST_CASE("an allowed request comes to its route with its parameters") {
  const auto s = service_with(some_keys);
  const auto r = s.answer(request("GET", "/api/v1/b/x%20y/c/%C3%A9"), {});
  REQUIRE(r);
  CHECK(r->body == "GET /api/v1/b/{x}/c/{y} <x y> <\xc3\xa9>");
}

TEST_CASE("a key's requests are counted, each key's by itself") {
  const scratch_file file("one push\ntwo push\n");
  auto access = api_access::make({file.name(), 2, {}}).value();
  const auto now = api_access::clock::time_point(1h);
  const auto status = [&](const char* key, api_access::clock::time_point at) {
    const auto r = access->admit(request("GET", "/", bearer(key)), at);
    return r ? 200 : r.error().status;
  };
  CHECK(status("one", now) == 200);
  CHECK(status("one", now) == 200);
  CHECK(status("one", now) == 429);
  CHECK(status("two", now) == 200);
  const auto refusal = access->admit(request("GET", "/", bearer("one")), now).error();
  CHECK(header_of(refusal, "Retry-After") == "1");
  CHECK(refusal.body.find("rate_limited") != std::string::npos);
  file.write("one read\n");
  CHECK(access->reload().empty());
  CHECK(status("one", now) == 429);  // goes on counting
  CHECK(status("one", now + 1s) == 200);
  CHECK(status("two", now + 1s) == 401);
}

TEST_CASE("a key file that became wrong changes nothing") {
  const scratch_file file("one push\n");
  auto access = api_access::make({file.name(), 0, {}}).value();
  file.write("one push\none push\n");
  CHECK(access->reload() == file.name() + ": line 2: the key is there already");
  CHECK(access->admit(request("GET", "/", bearer("one")), {}));
  CHECK_FALSE(api_access::make({"/nowhere/keys", 0, {}}));
}

TEST_CASE("without keys the API is for programs on this machine, or for nobody") {
  const auto open = api_access::make({}).value();
  const auto status = [](const auto& access, headers h) {
    const auto r = access->admit({"GET", "/", std::move(h), {}, "127.0.0.1"}, {});
    return r ? 200 : r.error().status;
  };
  for (const auto* host :
       {"127.0.0.1", "127.0.0.1:9100", "localhost:1", "localhost", "[::1]:9100", "[::1]"})
    CHECK(status(open, {{"host", host}}) == 200);
  for (const auto* host : {"", "evil.example", "evil.example:9100", "127.0.0.1.evil.example",
                           "10.0.0.1:9100", "localhost.evil", "[::2]:1", "[::1", ":9100"}) {
    CAPTURE(host);
    CHECK(status(open, {{"host", host}}) == 403);
  }
  CHECK(status(open, {{"host", "localhost:1"}, {"origin", "http://localhost:1"}}) == 200);
  CHECK(status(open, {{"host", "localhost:1"}, {"origin", "http://localhost:2"}}) == 403);
  CHECK(status(open, {{"host", "localhost:1"}, {"origin", "null"}}) == 403);
  const auto closed = api_access::make({{}, 0, api_access::without_keys::closed}).value();
  CHECK(status(closed, {{"host", "127.0.0.1"}}) == 401);
  CHECK(status(closed, {{"host", "127.0.0.1"}, {"authorization", "Bearer x"}}) == 401);
}

TEST_CASE("the worker does its jobs in order, and refuses too many") {
  api_worker worker(3);
  std::promise<void> gate, begun, last;
  std::vector<int> done;
  const auto never = [] { FAIL_CHECK("it has not stopped"); };
  REQUIRE(worker.post(
      [&] {
        begun.set_value();
        gate.get_future().wait();
        done.push_back(0);
      },
      never));
  begun.get_future().wait();
  for (int i = 1; i <= 2; ++i) CHECK(worker.post([&done, i] { done.push_back(i); }, never));
  CHECK(worker.post([&] { last.set_value(); }, never));
  CHECK_FALSE(worker.post([&] { done.push_back(9); }, never));
  gate.set_value();
  last.get_future().wait();
  worker.stop();
  CHECK(done == std::vector{0, 1, 2});
}

TEST_CASE("a worker that stops ends with the job under way, and tells those that wait at once") {
  api_worker worker(3);
  std::promise<void> gate, begun, told;
  std::vector<int> done, dropped;
  REQUIRE(worker.post(
      [&] {
        begun.set_value();
        gate.get_future().wait();
        done.push_back(0);
      },
      [&] { dropped.push_back(0); }));
  begun.get_future().wait();
  for (int i = 1; i <= 3; ++i)
    CHECK(worker.post([&done, i] { done.push_back(i); },
                      [&, i] {
                        dropped.push_back(i);
                        if (i == 3) told.set_value();
                      }));
  std::thread stopping([&] { worker.stop(); });
  told.get_future().wait();  // while the first one still runs
  CHECK_FALSE(worker.post([&] { done.push_back(9); }, [&] { dropped.push_back(9); }));
  gate.set_value();
  stopping.join();
  CHECK(done == std::vector{0});
  CHECK(dropped == std::vector{1, 2, 3});
}
