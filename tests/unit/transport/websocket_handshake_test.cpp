#include "net/transport/websocket_handshake.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace pushmesh::net;

namespace {

http_head good() {
  return {.method = "GET",
          .target = "/socket.io/?EIO=4&transport=websocket",
          .version = 11,
          .headers = {{"upgrade", "websocket"},
                      {"connection", "keep-alive, Upgrade"},
                      {"sec-websocket-version", "13"},
                      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
}

http_head with(std::string_view name, std::string_view value) {
  auto head = good();
  for (auto& [n, v] : head.headers)
    if (n == name) v = value;
  if (head.header(name) != value) head.headers.emplace_back(name, value);
  return head;
}

}  // namespace

TEST_CASE("the key of RFC 6455 section 1.3 is answered as printed there") {
  CHECK(websocket_accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a good opening handshake is accepted") {
  const auto answer = accept_websocket(good());
  REQUIRE(answer);
  CHECK(*answer ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("the first offered subprotocol is accepted") {
  const auto answer = accept_websocket(with("sec-websocket-protocol", " chat , other"));
  REQUIRE(answer);
  CHECK(answer->find("\r\nSec-WebSocket-Protocol: chat\r\n") != std::string::npos);
}

TEST_CASE("whoever asks for a websocket is recognised") {
  CHECK(asks_for_websocket(good()));
  CHECK(asks_for_websocket(with("upgrade", "WebSocket")));
  CHECK_FALSE(asks_for_websocket(with("upgrade", "h2c")));
  CHECK_FALSE(asks_for_websocket(with("connection", "keep-alive")));
  CHECK_FALSE(asks_for_websocket({}));
}

TEST_CASE("bad opening handshakes are refused") {
  auto post = good();
  post.method = "POST";
  auto old = good();
  old.version = 10;
  for (const auto& head :
       {post, old, with("upgrade", "h2c"), with("connection", "close"),
        with("sec-websocket-version", "8"), with("sec-websocket-version", ""),
        with("sec-websocket-key", ""), with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ="),
        with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==x"),
        with("sec-websocket-key", "dGhlIHNhbXBsZSBub25j!Q=="),
        with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQAA"), with("sec-websocket-protocol", ","),
        with("sec-websocket-protocol", "a b")}) {
    const auto answer = accept_websocket(head);
    CHECK_FALSE(answer);
    if (!answer) CHECK(answer.error() == errc::bad_request);
  }
}
