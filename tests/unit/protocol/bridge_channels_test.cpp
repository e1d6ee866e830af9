#include "net/protocol/bridge/bridge_channels.hpp"

#include <doctest/doctest.h>

#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/protocol/iso_time.hpp"

using namespace pushmesh::net;
using kind = bridge_channels::kind;
using names = std::vector<std::string>;

TEST_CASE("the patterns cover all namespaces and rooms, and nothing else") {
  CHECK(bridge_channels("socket.io").patterns() == names{"socket.io#*", "socket.io-request#*"});
  CHECK(bridge_channels("a*b?[c]\\").patterns() ==
        names{"a\\*b\\?\\[c\\]\\\\#*", "a\\*b\\?\\[c\\]\\\\-request#*"});
}

TEST_CASE("a channel is of one kind") {
  const bridge_channels channels("k");
  CHECK(channels.kind_of("k#/#") == kind::broadcast);
  CHECK(channels.kind_of("k#/adm#r1#") == kind::broadcast);
  CHECK(channels.kind_of("k#emitter") == kind::emitter_0);
  CHECK(channels.kind_of("k#emitter#") == kind::broadcast);
  CHECK(channels.kind_of("k-request#/#") == kind::request);
  CHECK(channels.kind_of("k-response#/#") == kind::other);
  CHECK(channels.kind_of("kk#/#") == kind::other);
  CHECK(channels.kind_of("") == kind::other);
  CHECK(channels.kind_of("k") == kind::other);
  CHECK(channels.request_namespace("k-request#/adm#") == "/adm");
  CHECK(channels.request_namespace("k-request#/#x#") == "/#x");
  CHECK(channels.request_namespace("k-request#") == "");
}

TEST_CASE("probes of all bridges are told from broadcasts") {
  const bridge_channels channels("k");
  CHECK(channels.kind_of(channels.probe("AbC123")) == kind::other);
  CHECK(channels.is_probe(channels.probe("AbC123")));
  CHECK(channels.is_probe(channels.probe("other")));
  CHECK_FALSE(channels.is_probe("k#/#"));
  CHECK(channels.probe("x").substr(0, 2) == "k#");
}

TEST_CASE("every refusal has a name and a sentence") {
  for (std::size_t i = 1; i <= bridge_errc_count; ++i) {
    const auto e = static_cast<bridge_errc>(i);
    CHECK(name_of(e) != "unknown");
    CHECK(to_string(e).size() > 10);
  }
  CHECK(name_of(static_cast<bridge_errc>(0)) == "unknown");
  CHECK(name_of(static_cast<bridge_errc>(bridge_errc_count + 1)) == "unknown");
  CHECK(name_of(bridge_errc::malformed) == "malformed");
  CHECK(name_of(bridge_errc::switched_off) == "switched_off");
}

TEST_CASE("dates read as Date.prototype.toISOString has them") {
  CHECK(iso_time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(iso_time(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(iso_time(951'826'123'456.0) == "2000-02-29T12:08:43.456Z");
  CHECK(iso_time(1'600'000'000'123.9) == "2020-09-13T12:26:40.123Z");
  CHECK(iso_time(253'402'300'799'999.0) == "9999-12-31T23:59:59.999Z");
  CHECK(iso_time(253'402'300'800'000.0) == "+010000-01-01T00:00:00.000Z");
  CHECK(iso_time(-62'167'219'200'000.0) == "0000-01-01T00:00:00.000Z");
  CHECK(iso_time(-62'167'219'200'001.0) == "-000001-12-31T23:59:59.999Z");
  CHECK(iso_time(8.64e15) == "+275760-09-13T00:00:00.000Z");
  CHECK(iso_time(-8.64e15) == "-271821-04-20T00:00:00.000Z");
  CHECK(iso_time(8.64e15 + 1).empty());
  CHECK(iso_time(0.0 / 0.0).empty());
}
