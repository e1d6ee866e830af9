#include "cluster/node/config/flags.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

using namespace pushmesh::config;

namespace {

/// A command with the flags of the table, parsed.
struct parsed {
  explicit parsed(std::vector<std::string> words) {
    define_flags(app);
    app.allow_extras();
    std::reverse(words.begin(), words.end());  // what CLI11 wants
    app.parse(words);
  }
  CLI::App app;
};

}  // namespace

TEST_CASE("flags come with their option and are left out when not given") {
  const parsed p({"--listen", "127.0.0.1:1", "--shards=2", "--demo"});
  const auto flags = given_flags(p.app);
  REQUIRE(flags.has_value());
  REQUIRE(flags->size() == 3);
  CHECK((*flags)[0].of->name == "listen");
  CHECK((*flags)[0].value.text == "127.0.0.1:1");
  CHECK((*flags)[1].value.text == "2");
  CHECK((*flags)[2].of->name == "demo");
  CHECK((*flags)[2].value.text == "true");
}

TEST_CASE("lists are repeated or have commas") {
  const parsed p({"--namespaces", "/,/a", "--namespaces=/b"});
  const auto flags = given_flags(p.app);
  REQUIRE(flags->size() == 1);
  CHECK(flags->front().value.items == std::vector<std::string>{"/", "/a", "/b"});
}

TEST_CASE("an option that takes one value may be given once") {
  const parsed p({"--shards", "1", "--shards", "2"});
  CHECK(given_flags(p.app).error() == "--shards is given 2 times");
}

TEST_CASE("a switch can be turned off") {
  const parsed p({"--demo=false"});
  CHECK(given_flags(p.app)->front().value.text == "false");
}

TEST_CASE("an unknown option is told with the nearest one") {
  CHECK(unknown_argument(parsed({"--lisen", "x"}).app) ==
        "unknown option --lisen; did you mean --listen?");
  CHECK(unknown_argument(parsed({"--ping-intervall=5s"}).app) ==
        "unknown option --ping-intervall; did you mean --ping-interval?");
  CHECK(unknown_argument(parsed({"--frobnicate"}).app) == "unknown option --frobnicate");
  CHECK(unknown_argument(parsed({"now"}).app) == "unexpected argument \"now\"");
  CHECK(unknown_argument(parsed({"--shards", "1"}).app).empty());
}
