#include "net/protocol/percent_encoding.hpp"

#include <doctest/doctest.h>

using pushmesh::net::percent_encoded;

TEST_CASE("a percent-encoded byte has two digits of either case, and may be any byte") {
  CHECK(percent_encoded("%2f") == '/');
  CHECK(percent_encoded("%2F and more") == '/');
  CHECK(percent_encoded("%00") == '\0');
  CHECK(percent_encoded("%fF") == '\xff');
  for (const auto* bad : {"", "%", "%2", "2f", "/%2f", "%g0", "%0g", "%+1", "% 1", "%-1", "%%2"}) {
    CAPTURE(bad);
    CHECK_FALSE(percent_encoded(bad));
  }
}
