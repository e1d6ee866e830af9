#include "net/transport/relay/tunnel_gather.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

using pushmesh::net::tunnel_gather;

namespace {

using numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("what several tunnels are written goes once, in the order of each") {
  const std::string first = "first", second = "second", third = "third";
  tunnel_gather gather;
  gather.add(1, first);
  gather.add(1, second);
  gather.add(2, first);
  gather.add(2, third);
  gather.add(2, second);
  gather.add(3, first);
  gather.add(3, second);
  CHECK(gather.bytes() == 5 + 6 + 5 + 6);
  const auto groups = gather.take();
  REQUIRE(groups.size() == 4);
  CHECK(groups[0].bytes == first);
  CHECK(groups[0].tunnels == numbers{1, 2, 3});
  CHECK(groups[1].bytes == second);
  CHECK(groups[1].tunnels == numbers{1});
  CHECK(groups[2].bytes == third);
  CHECK(groups[2].tunnels == numbers{2});
  CHECK(groups[3].bytes == second);
  CHECK(groups[3].tunnels == numbers{2, 3});
  CHECK(gather.empty());
  CHECK(gather.bytes() == 0);
}

TEST_CASE("the same address with other bytes is something else") {
  std::string text = "old";
  tunnel_gather gather;
  gather.add(1, text);
  text = "new";
  gather.add(2, text);
  const auto groups = gather.take();
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].tunnels == numbers{1});
  CHECK(groups[1].bytes == "new");
}

TEST_CASE("each tunnel finds what it was written, whatever the others were") {
  std::mt19937 random(3);
  const std::vector<std::string> frames{"a", "bb", "ccc", "dddd", "eeeee"};
  for (int round = 0; round < 200; ++round) {
    tunnel_gather gather;
    std::map<std::uint64_t, std::string> written, found;
    for (int n = 0; n < 60; ++n) {
      const auto tunnel = random() % 5;
      const auto& frame = frames[random() % frames.size()];
      gather.add(tunnel, frame);
      written[tunnel] += frame;
    }
    for (const auto& g : gather.take())
      for (const auto tunnel : g.tunnels) found[tunnel] += g.bytes;
    CHECK(found == written);
  }
}
