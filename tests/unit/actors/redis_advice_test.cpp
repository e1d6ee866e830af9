#include "actors/bridge/redis_advice.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace pushmesh::actors;

TEST_CASE("what Redis refuses, and what goes wrong on the way, comes with what to do") {
  CHECK(advice_for("NOPERM this user has no permissions", "k").find("\"&k*\"") !=
        std::string::npos);
  for (const auto* error :
       {"WRONGPASS invalid username-password pair", "NOAUTH Authentication required.",
        "LOADING Redis is loading the dataset in memory", "OOM command not allowed",
        "ERR max number of clients reached", "ERR DB index is out of range",
        "DENIED Redis is running in protected mode", "Connection refused",
        "No such file or directory", "cannot resolve the name: Host not found",
        "no answer within 2000 ms", "no connection in time", "no TLS in time",
        "Redis closed the connection", "TLS: its certificate: hostname mismatch",
        "TLS: wrong version number", "reading from Redis failed: tlsv13 alert certificate required",
        "subscribed, but a message we published did not come back"}) {
    CAPTURE(error);
    CHECK_FALSE(advice_for(error, "k").empty());
  }
  CHECK(advice_for("something new", "k").empty());
}
