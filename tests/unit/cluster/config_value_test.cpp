#include "cluster/node/config/value_text.hpp"

#include <string>

#include <doctest/doctest.h>

#include "cluster/node/config/nearest_name.hpp"
#include "cluster/node/config/value_checks.hpp"

using namespace pushmesh::config;
using namespace std::chrono_literals;

TEST_CASE("sizes are read with binary units and plain bytes") {
  CHECK(parse_size("0") == 0);
  CHECK(parse_size("1000000") == 1'000'000);
  CHECK(parse_size("512B") == 512);
  CHECK(parse_size("64KiB") == 65'536);
  CHECK(parse_size("1MiB") == 1'048'576);
  CHECK(parse_size("2GiB") == 2'147'483'648);
  for (auto text : {"", "-1", "+1", "1.5MiB", "1 MiB", "1MB", "1mib", "MiB", "1KiBB", "0x10",
                    "18446744073709551616", "9000000000GiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("durations need a unit, but for 0") {
  CHECK(parse_duration("0") == 0ms);
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("2m") == 2min);
  CHECK(parse_duration("24h") == 24h);
  for (auto text : {"", "5", "-5s", "5 s", "5sec", "1.5s", "s", "5s5", "5000000000000000h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("sizes and durations are shown in the largest unit that fits, and read back the same") {
  CHECK(format_size(0) == "0");
  CHECK(format_size(1'000'000) == "1000000");
  CHECK(format_size(1'048'576) == "1MiB");
  CHECK(format_size(1'536) == "1536");
  CHECK(format_size(3'072) == "3KiB");
  CHECK(format_duration(0ms) == "0");
  CHECK(format_duration(25'000ms) == "25s");
  CHECK(format_duration(1'500ms) == "1500ms");
  CHECK(format_duration(90s) == "90s");
  CHECK(format_duration(120min) == "2h");
  for (auto bytes : {1ull, 1024ull, 1'000'000ull, 5ull << 30})
    CHECK(parse_size(format_size(bytes)) == bytes);
  for (auto ms : {1ms, 999ms, 60'000ms, 3'600'000ms})
    CHECK(parse_duration(format_duration(ms)) == ms);
}

TEST_CASE("addresses are an IP address or localhost, and a port") {
  CHECK(parse_address("127.0.0.1:3000")->port == 3000);
  CHECK(parse_address("localhost:0")->host == "localhost");
  CHECK(parse_address("[::1]:65535")->host == "::1");
  for (auto text : {"", "3000", ":3000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:3000",
                    "127.0.0.1:-1", "127.0.0.1:http", "1.2.3:80", "[127.0.0.1]:80", "[]:80",
                    "example.com:80", "127.0.0.1:3000 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text).has_value());
  }
}

TEST_CASE("only addresses of this machine count as loopback") {
  for (auto text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"})
    CHECK(is_loopback(text));
  for (auto text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::2]:1", "127.0.0.1", ""})
    CHECK_FALSE(is_loopback(text));
}

TEST_CASE("lists are cut at commas") {
  CHECK(split_list("").empty());
  CHECK(split_list("  ").empty());
  CHECK(split_list("/") == std::vector<std::string>{"/"});
  CHECK(split_list("/, /chat") == std::vector<std::string>{"/", "/chat"});
  CHECK(split_list("a,,b") == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("text in messages is quoted and cannot steer a terminal") {
  CHECK(in_quotes("a\"b\\c") == R"("a\"b\\c")");
  CHECK(in_quotes("a\n\x1b[31m\x7f") == R"("a\u000A\u001B[31m\u007F")");
}

TEST_CASE("the nearest name is the one with the fewest typing mistakes") {
  const std::vector<std::string> names{"listen", "shards", "ping_interval", "ping_timeout", "log"};
  CHECK(nearest_name("lisen", names) == "listen");
  CHECK(nearest_name("lsiten", names) == "listen");
  CHECK(nearest_name("shard", names) == "shards");
  CHECK(nearest_name("pin_timeout", names) == "ping_timeout");
  CHECK(nearest_name("port", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name(std::string(100'000, 'l'), names).empty());
}

TEST_CASE("namespaces, origins, headers, paths and names are checked") {
  CHECK(is_namespace("/"));
  CHECK(is_namespace("/chat"));
  CHECK_FALSE(is_namespace("chat"));
  CHECK_FALSE(is_namespace("/a,b"));
  CHECK_FALSE(is_namespace("/a?b"));
  CHECK_FALSE(is_namespace("/" + std::string(256, 'a')));
  CHECK(is_origin("*"));
  CHECK(is_origin("https://example.com"));
  CHECK(is_origin("http://localhost:8080"));
  CHECK_FALSE(is_origin("example.com"));
  CHECK_FALSE(is_origin("https://example.com/"));
  CHECK_FALSE(is_origin("https://"));
  CHECK(is_header_pattern("user-agent"));
  CHECK(is_header_pattern("x-*"));
  CHECK(is_header_pattern("*"));
  CHECK_FALSE(is_header_pattern("User-Agent"));
  CHECK_FALSE(is_header_pattern(""));
  CHECK(is_endpoint_path("/socket.io/"));
  CHECK_FALSE(is_endpoint_path("/"));
  CHECK_FALSE(is_endpoint_path("/socket.io"));
  CHECK_FALSE(is_endpoint_path("/a\"b/"));
  CHECK(is_node_name(""));
  CHECK(is_node_name("node-1.example:3000"));
  CHECK_FALSE(is_node_name("node 1"));
}
