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

TEST_CASE("requests on Engine.IO's path are admitted or refused as the official server does") {
  const transport_options options;
  const auto verdict = [&](const http_head& head) {
    const auto r = admit_engineio(head, options);
    return r ? std::string("ok") : std::string(to_string(r.error()));
  };
  CHECK(verdict(upgrade_of("/socket.io/?EIO=4&transport=websocket")) == "ok");
  CHECK(verdict(upgrade_of("/socket.io/?transport=websocket&EIO=4&t=x&foo=bar")) == "ok");
  CHECK(verdict(upgrade_of("/socket.io/?EIO=4")) == to_string(errc::transport_unknown));
  CHECK(verdict(upgrade_of("/socket.io/")) == to_string(errc::transport_unknown));
  CHECK(verdict(upgrade_of("/socket.io/?EIO=4&transport=polling")) ==
        to_string(errc::transport_unknown));
  CHECK(verdict(upgrade_of("/socket.io/?EIO=4&transport=websocket&sid=x")) ==
        to_string(errc::session_unknown));
  CHECK(verdict(upgrade_of("/socket.io/?EIO=3&transport=websocket")) ==
        to_string(errc::unsupported_version));
  CHECK(verdict(upgrade_of("/socket.io/?EIO=5&transport=websocket")) ==
        to_string(errc::unsupported_version));
  CHECK(verdict(upgrade_of("/socket.io/?transport=websocket")) ==
        to_string(errc::unsupported_version));

  auto plain = upgrade_of("/socket.io/?EIO=4&transport=websocket");
  plain.headers.clear();
  CHECK(verdict(plain) == to_string(errc::bad_request));
  auto post = upgrade_of("/socket.io/?EIO=4&transport=websocket");
  post.method = "POST";
  CHECK(verdict(post) == to_string(errc::bad_handshake_method));
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
  CHECK(admit_engineio(request, options).error() == errc::forbidden);
  options.origins = {"*"};
  CHECK(admit_engineio(request, options));
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
  const auto h = make_handshake(request, "127.0.0.1", options);
  CHECK(h.address() == "127.0.0.1");
  CHECK(h.target() == "/socket.io/?EIO=4");
  CHECK(h.header("cookie") == "a=b");
  CHECK(h.header("x-forwarded-for") == "1.2.3.4");
  CHECK(h.header("upgrade").empty());
  CHECK(h.issued_ms() > 1'600'000'000'000);
  options.kept_headers = {"*"};
  CHECK(make_handshake(request, "", options).headers().size() == 4);
  options.kept_headers = {};
  CHECK(make_handshake(request, "", options).headers().empty());
}
