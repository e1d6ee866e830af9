#include "cluster/push/store/device_policy.hpp"

#include <doctest/doctest.h>

#include "tests/unit/store/store_values.hpp"

using namespace pushmesh::cluster::push;
using pushmesh::test::device_on;
using pushmesh::test::socket_number;
using rule = device_policy::rule;

namespace {

constexpr std::size_t no_bound = 1000;

std::vector<pushmesh::socket_id> losers(const admission& a) {
  std::vector<pushmesh::socket_id> sockets;
  for (const auto& l : a.losers) sockets.push_back(l.device.socket);
  return sockets;
}

}  // namespace

TEST_CASE("the first device is admitted by every policy") {
  for (const auto which : {rule::newest, rule::one_per_platform, rule::max, rule::refuse}) {
    const auto a = decide({which, 3}, {}, device_on(1), no_bound);
    CHECK(a.admitted);
    CHECK(a.losers.empty());
  }
}

TEST_CASE("newest: the newcomer replaces all, who are told by which platform") {
  const auto a = decide({rule::newest}, {device_on(1), device_on(2)},
                        device_on(3, 9, "phone", "ios"), no_bound);
  CHECK(a.admitted);
  CHECK(losers(a) == std::vector{socket_number(1), socket_number(2)});
  CHECK(a.losers[0].reason == loss_reason::replaced);
  CHECK(a.losers[0].by == platform_name("ios"));
}

TEST_CASE("one per platform: only those of its platform make room") {
  const std::vector online{device_on(1, 0, "a", "ios"), device_on(2, 0, "b", "web"),
                           device_on(3, 0, "c", "")};
  CHECK(losers(decide({rule::one_per_platform}, online, device_on(9, 9, "d", "ios"), no_bound)) ==
        std::vector{socket_number(1)});
  CHECK(losers(decide({rule::one_per_platform}, online, device_on(9, 9, "d", "tv"), no_bound))
            .empty());
  // Those that did not say their platform are one platform.
  CHECK(losers(decide({rule::one_per_platform}, online, device_on(9, 9, "d", ""), no_bound)) ==
        std::vector{socket_number(3)});
}

TEST_CASE("max: the longest logged in makes room, whatever the order in the list") {
  const std::vector online{device_on(1, 30), device_on(2, 10), device_on(3, 20)};
  CHECK(losers(decide({rule::max, 4}, online, device_on(9, 40), no_bound)).empty());
  CHECK(losers(decide({rule::max, 3}, online, device_on(9, 40), no_bound)) ==
        std::vector{socket_number(2)});
  CHECK(losers(decide({rule::max, 1}, online, device_on(9, 40), no_bound)) ==
        std::vector{socket_number(2), socket_number(3), socket_number(1)});
  // 0 is taken as 1: somebody logs in, after all.
  CHECK(decide({rule::max, 0}, online, device_on(9, 40), no_bound).admitted);
}

TEST_CASE("max: logins of the same millisecond have an order") {
  CHECK(losers(decide({rule::max, 2}, {device_on(2, 5), device_on(1, 5)}, device_on(3, 5),
                      no_bound)) == std::vector{socket_number(1)});
}

TEST_CASE("refuse: a second device is refused and the first stays") {
  const auto a = decide({rule::refuse}, {device_on(1, 0, "a")}, device_on(2, 0, "b"), no_bound);
  CHECK_FALSE(a.admitted);
  CHECK(a.losers.empty());
}

TEST_CASE("a device that comes back replaces itself by every policy") {
  const std::vector online{device_on(1, 0, "phone", "ios")};
  for (const auto which : {rule::newest, rule::one_per_platform, rule::max, rule::refuse}) {
    const auto a = decide({which, 5}, online, device_on(2, 9, "phone", "ipados"), no_bound);
    CHECK(a.admitted);
    CHECK(losers(a) == std::vector{socket_number(1)});
  }
}

TEST_CASE("devices without a name are not the same device") {
  CHECK_FALSE(decide({rule::refuse}, {device_on(1)}, device_on(2), no_bound).admitted);
  CHECK(losers(decide({rule::max, 5}, {device_on(1)}, device_on(2), no_bound)).empty());
}

TEST_CASE("a socket that is there already is admitted again and costs nobody") {
  for (const auto which : {rule::newest, rule::one_per_platform, rule::max, rule::refuse}) {
    const auto a = decide({which, 1}, {device_on(1, 0, "a")}, device_on(1, 9, "b"), no_bound);
    CHECK(a.admitted);
    CHECK(a.losers.empty());
  }
}

TEST_CASE("the bound of devices refuses, it replaces nobody") {
  const std::vector online{device_on(1, 0, "a", "x"), device_on(2, 0, "b", "y")};
  CHECK_FALSE(decide({rule::one_per_platform}, online, device_on(3, 0, "c", "z"), 2).admitted);
  CHECK(decide({rule::one_per_platform}, online, device_on(3, 0, "c", "y"), 2).admitted);
}
