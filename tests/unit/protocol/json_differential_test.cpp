#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>

#include "tests/unit/protocol/json_reference.hpp"

using namespace std::literals;
using pushmesh::net::test::disagreement;

namespace {

constexpr std::string_view seeds[] = {
    "null",
    "true",
    " false ",
    "0",
    "-0.0",
    "-12.5e-3",
    "1E+2",
    "1e400",
    "123456789012345678901",
    R"("")",
    R"("a\"b\\c\/\b\f\n\r\t")",
    R"("\u00e9\u20AC")",
    R"("\ud83d\ude00")",
    R"("\ud800")",
    R"("\udc00\\ud800\ud800\u0041")",
    "\"\u20ac\U0001F600\"",
    "\"\x7F\"",
    "\"a\nb\"",
    "[]",
    "[1,2,[3,[4]],{}]",
    "[ 1 , \"x\" ]",
    "[[[[[[[[]]]]]]]]",
    "[1,]",
    "[,]",
    "{}",
    R"({"a":1,"b":[true,null],"c":{"d":"e"}})",
    R"({"_placeholder":true,"num":0})",
    R"({"\u005fplaceholder":true})",
    R"(["ev",{"_placeholder":true,"num":0}])",
    R"({"a":1,})",
    R"(["message",{"id":"8f14e45f","body":"hello world, how are you?","n":42,"t":1.5}])",
};

constexpr std::string_view alphabet = "[]{}:,\"\\/ \t\n\r0123456789.-+eEtrufalsn_dDxX\x01\x1F\x7F";

std::size_t below(std::mt19937& random, std::size_t n) {
  return random() % n;
}

void mutate(std::string& text, std::mt19937& random) {
  const char c = alphabet[below(random, alphabet.size())];
  const std::size_t at = below(random, text.size() + 1);
  switch (below(random, 6)) {
    case 0:
      text.insert(at, 1, c);
      break;
    case 1:
      if (at < text.size()) text[at] = c;
      break;
    case 2:
      if (at < text.size()) text.erase(at, 1 + below(random, 3));
      break;
    case 3:
      text.insert(at, std::string(seeds[below(random, std::size(seeds))]));
      break;
    case 4:
      text = "[" + text + "]";
      break;
    default:
      if (at < text.size())
        text.insert(below(random, text.size()), text.substr(at, 1 + below(random, 8)));
  }
}

}  // namespace

TEST_CASE("the JSON scanner and RapidJSON agree about a table") {
  for (auto text : seeds) {
    CAPTURE(text);
    CHECK(disagreement(text) == "");
  }
}

TEST_CASE("the JSON scanner and RapidJSON agree about mutated texts") {
  std::mt19937 random(20240607);
  int accepted = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string text(seeds[below(random, std::size(seeds))]);
    for (std::size_t n = 1 + below(random, 4); n > 0; --n) mutate(text, random);
    const auto difference = disagreement(text);
    if (!difference.empty()) FAIL_CHECK(text << ": " << difference);
    if (pushmesh::net::scan_json(text, 512)) ++accepted;
  }
  // Both verdicts must be common, or the comparison shows nothing.
  CHECK(accepted > 20'000);
  CHECK(accepted < 180'000);
}
