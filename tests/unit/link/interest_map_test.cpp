#include "cluster/link/interest_map.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>

using namespace pushmesh::cluster;

TEST_CASE("random insertions and erasures agree with a plain map") {
  std::mt19937_64 random(11);
  for (std::uint64_t const range : {40ull, 5'000ull, 60'000ull}) {
    interest_map<std::uint32_t> table(random());
    std::map<std::uint64_t, std::uint32_t> model;
    for (int step = 0; step < 200'000; ++step) {
      // Keys that collide in most bits, as an attacker would choose them.
      const auto key = 1 + (random() % range) * 0x100000000ull;
      // Grows for a while, then shrinks.
      if (random() % 10 < (step / 50'000 % 2 ? 3u : 7u)) {
        const auto [value, is_new] = table.insert(key);
        REQUIRE(is_new == !model.contains(key));
        if (is_new) REQUIRE(*value == 0);
        *value = model[key] = static_cast<std::uint32_t>(random());
      } else {
        REQUIRE(table.erase(key) == (model.erase(key) > 0));
      }
      REQUIRE(table.size() == model.size());
    }
    for (std::uint64_t i = 0; i < range; ++i) {
      const auto key = 1 + i * 0x100000000ull;
      const auto* const value = table.find(key);
      REQUIRE((value != nullptr) == model.contains(key));
      if (value) REQUIRE(*value == model[key]);
    }
    std::size_t seen = 0;
    table.for_each([&](std::uint64_t key, std::uint32_t value) {
      ++seen;
      REQUIRE(model.at(key) == value);
    });
    CHECK(seen == model.size());
  }
}

TEST_CASE("retain erases what is denied, exactly that, and gives memory back") {
  std::mt19937_64 random(12);
  for (int round = 0; round < 200; ++round) {
    interest_map<std::uint32_t> table(random());
    const auto count = random() % 3'000;
    for (std::uint64_t key = 1; key <= count; ++key) *table.insert(key).first = key % 7;
    const auto before = table.memory();
    const auto kept = round % 8;  // from hardly any to all
    for (std::size_t s = 0; s < table.segment_count; ++s)
      table.retain(s, [&](std::uint64_t, std::uint32_t v) { return v < std::uint32_t(kept); });
    for (std::uint64_t key = 1; key <= count; ++key)
      REQUIRE((table.find(key) != nullptr) == (key % 7 < std::uint64_t(kept)));
    if (count > 2'500 && kept == 0) CHECK(table.memory() < before);
  }
}

TEST_CASE("the hash zero is a key like any, shared with one") {
  interest_map<std::uint32_t> table(5);
  CHECK(table.find(0) == nullptr);
  *table.insert(0).first = 9;
  CHECK(*table.find(1) == 9);
  CHECK(table.erase(0));
  CHECK(table.size() == 0);
}

TEST_CASE("a million entries need at most 25 bytes each, an emptied table next to nothing") {
  interest_map<std::uint32_t> table(77);
  double worst = 0;
  for (std::uint64_t key = 1; key <= 1'000'000; ++key) {
    table.insert(key * 0x9e3779b97f4a7c15ull);
    if (key > 500'000 && key % 1000 == 0) worst = std::max(worst, double(table.memory()) / key);
  }
  CHECK(worst < 25.0);
  for (std::uint64_t key = 1; key <= 1'000'000; ++key) table.erase(key * 0x9e3779b97f4a7c15ull);
  CHECK(table.memory() < 64 * 1024);
}
