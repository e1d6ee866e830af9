#include "net/protocol/base64.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace std::literals;
using namespace pushmesh::net;

TEST_CASE("the vectors of RFC 4648 section 10, both ways") {
  struct row {
    std::string_view bytes, text;
  };
  const row rows[] = {{"", ""},
                      {"f", "Zg=="},
                      {"fo", "Zm8="},
                      {"foo", "Zm9v"},
                      {"foob", "Zm9vYg=="},
                      {"fooba", "Zm9vYmE="},
                      {"foobar", "Zm9vYmFy"},
                      {"\xfb\xff\0"sv, "+/8A"}};
  for (const auto& r : rows) {
    CAPTURE(r.text);
    std::string encoded = "x";
    append_base64(encoded, r.bytes);
    CHECK(encoded == "x" + std::string(r.text));
    CHECK(base64_size(r.bytes.size()) == r.text.size());
    std::string decoded = "before";
    CHECK(decode_base64(r.text, decoded));
    CHECK(decoded == r.bytes);
    CHECK(decode_base64(r.text.substr(0, r.text.find('=')), decoded));
    CHECK(decoded == r.bytes);
  }
}

TEST_CASE("what is no base64 is refused") {
  for (const auto text : {"A"sv, "AAAAA"sv, "===="sv, "A==="sv, "AQ="sv, "AQ==AQ=="sv, "A Q="sv,
                          "AQI\n"sv, "-_8A"sv, "AQ\0="sv, "\xff\xff\xff\xff"sv, "="sv}) {
    CAPTURE(text);
    std::string out;
    CHECK_FALSE(decode_base64(text, out));
  }
}
