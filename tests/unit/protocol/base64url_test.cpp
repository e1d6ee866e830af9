#include "net/protocol/base64url.hpp"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using pushmesh::net::decode_base64url;

TEST_CASE("base64url gives the bytes of the text") {
  const std::pair<const char*, std::string> cases[] = {{"", ""},
                                                       {"Zg", "f"},
                                                       {"Zm8", "fo"},
                                                       {"Zm9v", "foo"},
                                                       {"Zm9vYg", "foob"},
                                                       {"Zm9vYmFy", "foobar"},
                                                       {"-_-_", "\xfb\xff\xbf"},
                                                       {"AA", std::string(1, '\0')}};
  for (const auto& [text, bytes] : cases) {
    CAPTURE(text);
    std::string out = "left over";
    CHECK(decode_base64url(text, out));
    CHECK(out == bytes);
  }
}

TEST_CASE("base64url that another text stands for is refused") {
  // Padding, plain base64, white space, impossible lengths, and bits left over that are not zero.
  for (const char* text : {"Zg==", "Zm8=", "+/+/", "Zm9v\n", " Zm9v", "Z", "Zm9vY", "Zh", "Zm9",
                           "Zm9vYh", "Zm\xc3\xa4", "Zm9v.", "____\x80"}) {
    CAPTURE(text);
    std::string out;
    CHECK_FALSE(decode_base64url(text, out));
  }
  std::string out;
  CHECK_FALSE(decode_base64url(std::string_view("Zm\0v", 4), out));
}
