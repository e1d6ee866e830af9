#include "net/protocol/errc.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using pushmesh::net::errc;

TEST_CASE("HTTP refusals carry the sentences of the official server") {
  CHECK(to_string(errc::transport_unknown) == "Transport unknown");
  CHECK(to_string(errc::session_unknown) == "Session ID unknown");
  CHECK(to_string(errc::bad_handshake_method) == "Bad handshake method");
  CHECK(to_string(errc::bad_request) == "Bad request");
  CHECK(to_string(errc::forbidden) == "Forbidden");
  CHECK(to_string(errc::unsupported_version) == "Unsupported protocol version");
}

TEST_CASE("every error has its own sentence") {
  std::set<std::string_view> seen;
  const auto last = static_cast<int>(errc::connects_too_often);
  for (int i = 1; i <= last; ++i) {
    const auto text = to_string(static_cast<errc>(i));
    CHECK(text != "unknown error");
    CHECK(seen.insert(text).second);
  }
  CHECK(to_string(static_cast<errc>(last + 1)) == "unknown error");
  CHECK(to_string(static_cast<errc>(0)) == "unknown error");
}
