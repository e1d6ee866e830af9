#include "net/protocol/bridge/feed_marker.hpp"

#include <doctest/doctest.h>

using namespace pushmesh::net;
using kind = feed_marker::kind;

TEST_CASE("markers of the lease feed have these texts") {
  CHECK(encode_feed_marker({kind::start, "Ab09-_", 7}) == "feed Ab09-_ 7");
  CHECK(encode_feed_marker({kind::stop, {}, ~std::uint64_t{0}}) == "switch 18446744073709551615");
  const auto start = decode_feed_marker("feed Ab09-_ 7");
  REQUIRE(start);
  CHECK(start->what == kind::start);
  CHECK(start->tag == "Ab09-_");
  CHECK(start->number == 7);
  const auto stop = decode_feed_marker("switch 18446744073709551615");
  REQUIRE(stop);
  CHECK(stop->what == kind::stop);
  CHECK(stop->number == ~std::uint64_t{0});
}

TEST_CASE("what only looks like a marker is none") {
  for (const auto* text : {
           "",
           "feed",
           "feed ",
           "feed Ab09-_",
           "feed Ab09-_ ",
           "feed Ab09-_ 0",
           "feed Ab09-_ 01",
           "feed Ab09-_ -1",
           "feed Ab09-_ +1",
           "feed Ab09-_ 1 ",
           "feed Ab09-_  1",
           "feed Ab09-_ 1x",
           "feed Ab09-_ 18446744073709551616",
           "feed Ab09-_x 1",
           "feed Ab09- 1",
           "feed Ab0/-_ 1",
           "feed \xc3\xa4\xc3\xa4\xc3\xa4 1",
           "Feed Ab09-_ 1",
           "switch",
           "switch ",
           "switch 0",
           "switch 1 1",
           "switch x",
           "switch 99999999999999999999999999999999",
           "probe",
       }) {
    CAPTURE(text);
    CHECK_FALSE(decode_feed_marker(text));
  }
  CHECK_FALSE(decode_feed_marker({"switch 1\0", 9}));
}
