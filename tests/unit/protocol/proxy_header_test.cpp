#include "net/protocol/proxy_header.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pushmesh::net;
namespace v2 = proxy_v2;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes fixed(std::uint8_t command, std::uint8_t family, std::uint16_t rest) {
  bytes b{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
  b.insert(b.end(), {command, family, static_cast<std::uint8_t>(rest >> 8),
                     static_cast<std::uint8_t>(rest)});
  return b;
}

auto parse(const bytes& b) {
  return v2::parse_fixed(std::span<const std::uint8_t, v2::fixed_size>(b.data(), 16));
}

}  // namespace

TEST_CASE("a client over IPv4 and over IPv6") {
  const auto v4 = parse(fixed(0x21, 0x11, 15));
  REQUIRE(v4.has_value());
  CHECK(v4->proxied);
  CHECK(v4->rest == 15);
  const bytes rest{192, 0, 2, 7, 10, 0, 0, 1, 0x30, 0x39, 0x01, 0xbb, 0x04, 0, 0};
  const auto client = v2::parse_rest(*v4, rest);
  REQUIRE(client.has_value());
  CHECK(bytes(client->address.begin(), client->address.begin() + 4) == bytes{192, 0, 2, 7});
  CHECK(client->port == 12345);

  const auto v6 = parse(fixed(0x21, 0x21, 36));
  REQUIRE(v6.has_value());
  bytes addresses(36);
  addresses[0] = 0x20;
  addresses[15] = 7;
  addresses[33] = 80;
  const auto six = v2::parse_rest(*v6, addresses);
  REQUIRE(six.has_value());
  CHECK(six->v6);
  CHECK(six->address[0] == 0x20);
  CHECK(six->address[15] == 7);
  CHECK(six->port == 80);
}

TEST_CASE("a proxy that speaks for itself, or does not say for whom") {
  for (const auto& b :
       {fixed(0x20, 0x00, 0), fixed(0x20, 0x11, 12), fixed(0x20, 0x99, 3), fixed(0x21, 0x00, 5)}) {
    const auto h = parse(b);
    REQUIRE(h.has_value());
    CHECK_FALSE(h->proxied);
    CHECK_FALSE(v2::parse_rest(*h, bytes(h->rest)).has_value());
  }
}

TEST_CASE("bad PROXY headers") {
  using enum v2::error;
  auto damaged = fixed(0x21, 0x11, 12);
  damaged[11] = 0x0b;
  const std::string v1 = "PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\n";
  const std::string http = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  struct row {
    const char* what;
    bytes input;
    v2::error why;
  };
  const row table[] = {
      {"a bit of the signature", damaged, no_signature},
      {"version 1", bytes(v1.begin(), v1.end()), no_signature},
      {"an HTTP request", bytes(http.begin(), http.end()), no_signature},
      {"zeros", bytes(16), no_signature},
      {"version 1 in binary", fixed(0x11, 0x11, 12), bad_version},
      {"version 3", fixed(0x31, 0x11, 12), bad_version},
      {"command 2", fixed(0x22, 0x11, 12), bad_command},
      {"command 15", fixed(0x2f, 0x11, 12), bad_command},
      {"UDP over IPv4", fixed(0x21, 0x12, 12), bad_family},
      {"a Unix socket", fixed(0x21, 0x31, 216), bad_family},
      {"family 15", fixed(0x21, 0xf1, 12), bad_family},
      {"TCP of no family", fixed(0x21, 0x01, 12), bad_family},
      {"no addresses", fixed(0x21, 0x11, 0), addresses_cut},
      {"an IPv4 port cut", fixed(0x21, 0x11, 11), addresses_cut},
      {"IPv6 with IPv4's length", fixed(0x21, 0x21, 12), addresses_cut},
      {"an IPv6 port cut", fixed(0x21, 0x21, 35), addresses_cut},
      {"one byte too long", fixed(0x21, 0x11, v2::max_rest + 1), too_long},
      {"64 KiB announced", fixed(0x20, 0x00, 0xffff), too_long},
  };
  for (const auto& r : table) {
    CAPTURE(r.what);
    const auto h = parse(r.input);
    REQUIRE_FALSE(h.has_value());
    CHECK(h.error() == r.why);
  }
}
