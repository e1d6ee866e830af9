#include "net/transport/engineio_endpoint.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace pushmesh::net;

namespace {

http_head upgrade_of(std::string_view target) {
  return {.method = "GET",
          .target = target,
          .version = 11,
          .headers = {{"upgrade", "websocket"}, {"connection", "Upgrade"}}};
}

}  // namespace

TEST_CASE("requests on Engine.IO's path are judged as the official server does") {
  transport_options options;
  options.allow_eio3 = false;
  const auto verdict = [&](const http_head& head) -> std::string {
    const auto step = judge_engineio(head, options);
    switch (step.what) {
      case engineio_step::action::refuse:
        return std::string(to_string(step.why));
      case engineio_step::action::preflight:
        return "preflight";
      case engineio_step::action::open:
        return step.request.transport == transport_kind::polling ? "open polling"
                                                                 : "open websocket";
      case engineio_step::action::ask_session:
        return "ask " + std::string(step.request.sid);
      case engineio_step::action::upgrade:
        return "upgrade " + std::string(step.request.sid);
    }
    return {};
  };
  const auto plain = [](std::string_view method, std::string_view target) {
    return http_head{.method = method, .target = target, .version = 11, .headers = {}};
  };
  struct row {
    http_head head;
    std::string verdict;
  };
  const auto text = [](errc e) { return std::string(to_string(e)); };
  const row rows[] = {
      {upgrade_of("/socket.io/?EIO=4&transport=websocket"), "open websocket"},
      {upgrade_of("/socket.io/?transport=websocket&EIO=4&t=x&foo=bar"), "open websocket"},
      {plain("GET", "/socket.io/?EIO=4&transport=polling&t=x"), "open polling"},
      {upgrade_of("/socket.io/?EIO=4&transport=websocket&sid=x"), "upgrade x"},
      {plain("GET", "/socket.io/?EIO=4&transport=polling&sid=x"), "ask x"},
      {plain("POST", "/socket.io/?transport=polling&sid=x"), "ask x"},
      {plain("PUT", "/socket.io/?EIO=4&transport=polling&sid=x"), "ask x"},
      {plain("GET", "/socket.io/?EIO=4&transport=websocket&sid=x"), "ask x"},
      {plain("GET", "/socket.io/?EIO=4"), text(errc::transport_unknown)},
      {upgrade_of("/socket.io/"), text(errc::transport_unknown)},
      {plain("GET", "/socket.io/?EIO=4&transport=tube"), text(errc::transport_unknown)},
      {upgrade_of("/socket.io/?EIO=4&transport=polling"), text(errc::bad_request)},
      {plain("GET", "/socket.io/?EIO=4&transport=websocket"), text(errc::bad_request)},
      {plain("POST", "/socket.io/?EIO=4&transport=polling"), text(errc::bad_handshake_method)},
      {plain("OPTIONS", "/socket.io/?EIO=4&transport=polling"), text(errc::bad_handshake_method)},
      {plain("GET", "/socket.io/?EIO=5&transport=polling"), text(errc::unsupported_version)},
      {plain("GET", "/socket.io/?transport=polling"), text(errc::unsupported_version)},
      {upgrade_of("/socket.io/?EIO=3&transport=websocket"), text(errc::unsupported_version)},
  };
  for (const auto& r : rows) {
    CAPTURE(r.head.method);
    CAPTURE(r.head.target);
    CHECK(verdict(r.head) == r.verdict);
  }
  options.allow_eio3 = true;
  CHECK(verdict(upgrade_of("/socket.io/?EIO=3&transport=websocket")) == "open websocket");
  CHECK(verdict(plain("GET", "/socket.io/?EIO=3&transport=polling")) == "open polling");
}

TEST_CASE("preflight requests are answered when origins are configured") {
  http_head head{.method = "OPTIONS",
                 .target = "/socket.io/?EIO=4&transport=polling&sid=x",
                 .version = 11,
                 .headers = {{"origin", "https://good.example"},
                             {"access-control-request-method", "POST"},
                             {"access-control-request-headers", "content-type,x-mine"}}};
  transport_options options;
  CHECK((judge_engineio(head, options).what == engineio_step::action::ask_session));
  options.origins = {"https://good.example"};
  CHECK((judge_engineio(head, options).what == engineio_step::action::preflight));
  using headers = std::vector<std::pair<std::string, std::string>>;
  const auto answer = preflight_response(head, options);
  CHECK(answer.status == 204);
  CHECK(answer.headers ==
        headers{{"Access-Control-Allow-Origin", "https://good.example"},
                {"Access-Control-Allow-Credentials", "true"},
                {"Vary", "Origin"},
                {"Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE"},
                {"Access-Control-Allow-Headers", "content-type,x-mine"}});
  head.headers[0].second = "https://evil.example";
  CHECK(cors_headers(head, options).empty());
  options.origins = {"*"};
  CHECK(cors_headers(head, options) == headers{{"Access-Control-Allow-Origin", "*"}});
}

TEST_CASE("the list of origins decides about browsers") {
  transport_options options;
  CHECK(origin_allowed("https://any.example", options));
  options.origins = {"https://good.example"};
  CHECK(origin_allowed("https://good.example", options));
  CHECK(origin_allowed("", options));
  CHECK_FALSE(origin_allowed("https://evil.example", options));
  auto request = upgrade_of("/socket.io/?EIO=4&transport=websocket");
  request.headers.emplace_back("origin", "https://evil.example");
  CHECK((judge_engineio(request, options).why == errc::forbidden));
  options.origins = {"*"};
  CHECK((judge_engineio(request, options).what == engineio_step::action::open));
}

TEST_CASE("pages of the server's own host may be listed as self") {
  transport_options options;
  options.origins = {"self", "https://good.example"};
  CHECK(origin_allowed("http://node.example:3000", options, "node.example:3000"));
  CHECK(origin_allowed("https://good.example", options, "node.example:3000"));
  CHECK_FALSE(origin_allowed("http://node.example", options, "node.example:3000"));
  CHECK_FALSE(origin_allowed("http://evil.example:3000", options, "node.example:3000"));
  CHECK_FALSE(origin_allowed("null", options, "node.example:3000"));
  CHECK_FALSE(origin_allowed("http://", options, ""));
  options.origins = {"https://good.example"};
  CHECK_FALSE(origin_allowed("http://node.example", options, "node.example"));
}

TEST_CASE("refusals carry the CORS header the page needs") {
  transport_options options;
  http_head request;
  request.headers.emplace_back("origin", "https://good.example");
  const auto cors = [&] {
    const auto answer = engineio_refusal_response(errc::session_unknown, request, options);
    CHECK(answer.status == 400);
    CHECK(answer.content_type == "application/json");
    CHECK(answer.body == R"({"code":1,"message":"Session ID unknown"})");
    for (auto& [name, value] : answer.headers)
      if (name == "Access-Control-Allow-Origin") return value;
    return std::string("none");
  };
  CHECK(cors() == "none");
  options.origins = {"*"};
  CHECK(cors() == "*");
  options.origins = {"https://good.example"};
  CHECK(cors() == "https://good.example");
  options.origins = {"https://other.example"};
  CHECK(cors() == "none");
}

TEST_CASE("only the wanted headers are kept for the application") {
  transport_options options;
  http_head request = upgrade_of("/socket.io/?EIO=4");
  request.headers.emplace_back("cookie", "a=b");
  request.headers.emplace_back("x-forwarded-for", "1.2.3.4");
  const auto h = make_handshake(request, {"127.0.0.1"}, options);
  CHECK(h.address() == "127.0.0.1");
  CHECK(h.target() == "/socket.io/?EIO=4");
  CHECK(h.header("cookie") == "a=b");
  CHECK(h.header("x-forwarded-for") == "1.2.3.4");
  CHECK(h.header("upgrade").empty());
  CHECK(h.issued_ms() > 1'600'000'000'000);
  options.kept_headers = {"*"};
  CHECK(make_handshake(request, {}, options).headers().size() == 4);
  options.kept_headers = {};
  CHECK(make_handshake(request, {}, options).headers().empty());
}

TEST_CASE("behind trusted proxies the address is the client's, from others it is the peer's") {
  transport_options options;
  options.trusted_proxies = {"10.0.0.0/8"};
  http_head request;
  request.method = "GET";
  request.target = "/socket.io/?EIO=4&transport=websocket";
  request.headers = {{"x-forwarded-for", "9.9.9.9, 1.2.3.4"}};
  CHECK(make_handshake(request, {"10.0.0.1"}, options).address() == "1.2.3.4");
  CHECK(make_handshake(request, {"1.1.1.1"}, options).address() == "1.1.1.1");
  options.proxy_protocol = true;  // the proxy has told already, in another way
  CHECK(make_handshake(request, {"10.0.0.1"}, options).address() == "10.0.0.1");
}
