#include "actors/bridge/redis_advice.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace pushmesh::actors;

TEST_CASE("what Redis refuses comes with what to do") {
  CHECK(advice_for("NOPERM this user has no permissions", "k").find("\"&k*\"") !=
        std::string::npos);
  for (const auto* error :
       {"WRONGPASS x", "NOAUTH x", "LOADING x", "OOM x", "ERR max number of clients reached"})
    CHECK(advice_for(error, "k").substr(0, 2) == "; ");
  CHECK(advice_for("Connection refused", "k").empty());
}
