#include "net/transport/address_set.hpp"

#include <doctest/doctest.h>

using namespace pushmesh::net;

TEST_CASE("addresses are read and written in one form") {
  for (auto text : {"10.0.0.1", "::1", "2001:db8::1", "0.0.0.0", "255.255.255.255"}) {
    CAPTURE(text);
    REQUIRE(ip_address::parse(text).has_value());
    CHECK(ip_address::parse(text)->str() == text);
  }
  CHECK(ip_address::parse("::ffff:10.0.0.1") == ip_address::parse("10.0.0.1"));
  for (auto text : {"", "10.0.0", "10.0.0.256", "10.0.0.1:80", "[::1]", "::1%eth0", "localhost",
                    " 10.0.0.1", "1:2:3:4:5:6:7:8:9", "unknown"}) {
    CAPTURE(text);
    CHECK_FALSE(ip_address::parse(text).has_value());
  }
  CHECK_FALSE(ip_address::parse(std::string(10'000, '1')).has_value());
}

TEST_CASE("ranges contain what they should") {
  const address_set set({"10.0.0.0/8", "192.168.1.128/25", "172.16.5.4", "2001:db8::/33", "::1"});
  for (auto inside : {"10.0.0.0", "10.255.255.255", "192.168.1.128", "192.168.1.255", "172.16.5.4",
                      "2001:db8:7fff::1", "::1", "::ffff:10.1.2.3"}) {
    CAPTURE(inside);
    CHECK(set.contains(*ip_address::parse(inside)));
  }
  for (auto outside : {"11.0.0.0", "9.255.255.255", "192.168.1.127", "172.16.5.5",
                       "2001:db8:8000::1", "::2", "127.0.0.1"}) {
    CAPTURE(outside);
    CHECK_FALSE(set.contains(*ip_address::parse(outside)));
  }
  CHECK(address_set({"0.0.0.0/0"}).contains(*ip_address::parse("8.8.8.8")));
  CHECK_FALSE(address_set({"0.0.0.0/0"}).contains(*ip_address::parse("2001:db8::1")));
  CHECK(address_set({"::/0"}).contains(*ip_address::parse("8.8.8.8")));
}

TEST_CASE("what is no range is refused") {
  for (auto text : {"10.0.0.0/8", "10.1.2.3/32", "10.1.2.3", "::/0", "2001:db8::/128"}) {
    CAPTURE(text);
    CHECK(address_set::is_range(text));
  }
  for (auto text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.1/8", "10.0.0.0/-1",
                    "10.0.0.0/8 ", "10.0.0.0/08x", "example.com/8", "10.0.0.0//8"}) {
    CAPTURE(text);
    CHECK_FALSE(address_set::is_range(text));
  }
}

TEST_CASE("the client is the right-most address that is no proxy of ours") {
  const address_set proxies({"10.0.0.0/8", "2001:db8::/32"});
  struct row {
    const char* what;
    const char* peer;
    const char* header;
    const char* client;
  };
  const row table[] = {
      {"no proxy: the header is a claim", "1.2.3.4", "9.9.9.9", "1.2.3.4"},
      {"a proxy without a header", "10.0.0.1", "", "10.0.0.1"},
      {"one proxy", "10.0.0.1", "1.2.3.4", "1.2.3.4"},
      {"a claim left of the client", "10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4"},
      {"a claim to be a proxy", "10.0.0.1", "10.0.0.7, 1.2.3.4", "1.2.3.4"},
      {"two proxies", "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.2", "1.2.3.4"},
      {"proxies only", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
      {"spaces and tabs", "10.0.0.1", " 9.9.9.9 ,\t1.2.3.4 ", "1.2.3.4"},
      {"a port", "10.0.0.1", "1.2.3.4:5678", "1.2.3.4"},
      {"IPv6", "2001:db8::1", "2a00::7", "2a00::7"},
      {"IPv6 with a port", "10.0.0.1", "[2a00::7]:443", "2a00::7"},
      {"a mapped peer", "::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"},
      {"no address behind a proxy", "10.0.0.1", "1.2.3.4, unknown", "10.0.0.1"},
      {"no address further left", "10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"},
      {"an empty element", "10.0.0.1", "1.2.3.4,,10.0.0.2", "10.0.0.2"},
      {"a comma alone", "10.0.0.1", ",", "10.0.0.1"},
      {"an unclosed bracket", "10.0.0.1", "[2a00::7", "10.0.0.1"},
      {"a peer that is no address", "", "1.2.3.4", ""},
  };
  for (const auto& r : table) {
    CAPTURE(r.what);
    CHECK(forwarded_client(r.peer, r.header, proxies) == r.client);
  }
}
