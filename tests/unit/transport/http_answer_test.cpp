#include "net/transport/http_answer.hpp"

#include <doctest/doctest.h>

#include "net/transport/http_head.hpp"

using namespace pushmesh::net;

TEST_CASE("an answer is encoded with its length and its connection header") {
  http_response r{200, "text/plain", "hello", {{"X-A", "b"}}};
  CHECK(encode_http_answer(r, after_answer::keep_alive) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: b\r\n"
        "Connection: keep-alive\r\n\r\nhello");
  CHECK(encode_http_answer(r, after_answer::close, answer_part::head_only) ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: b\r\n"
        "Connection: close\r\n\r\n");
}

TEST_CASE("204 has neither length nor body") {
  CHECK(encode_http_answer({204, "text/plain", "x", {}}, after_answer::keep_alive) ==
        "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

TEST_CASE("line breaks in a header value cannot split an answer") {
  const auto text = encode_http_answer({302, "", "", {{"Location", "/a\r\nSet-Cookie: x"}}},
                                       after_answer::keep_alive);
  CHECK(text.find("\r\nLocation: /aSet-Cookie: x\r\n") != std::string::npos);
}

TEST_CASE("comma-separated lists are searched without regard to case and space") {
  CHECK(list_contains("keep-alive, Upgrade", "upgrade"));
  CHECK(list_contains("UPGRADE", "upgrade"));
  CHECK(list_contains(" a ,\tupgrade\t, b", "upgrade"));
  CHECK_FALSE(list_contains("upgrades, up grade", "upgrade"));
  CHECK_FALSE(list_contains("", "upgrade"));
  CHECK(first_of_list(" a , b") == "a");
  CHECK(first_of_list("").empty());
}
