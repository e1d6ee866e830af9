#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <set>
#include <unordered_map>

#include "actors/id_source.hpp"
#include "actors/id_table.hpp"

using namespace pushmesh;
using namespace pushmesh::actors;

TEST_CASE("an id carries its node's tag and its shard") {
  const auto tag = make_node_tag();
  for (std::uint16_t shard : {0, 1, 63, 64, 4095}) {
    id_source ids(tag, shard);
    const auto id = ids.next();
    CHECK(id.tag() == std::string_view(tag.data(), tag.size()));
    CHECK(id.shard() == shard);
    const auto again = socket_id::parse(id.view());
    REQUIRE(again);
    CHECK(*again == id);
  }
}

TEST_CASE("no id looks like an option of a command line") {
  for (int i = 0; i < 2000; ++i) CHECK(make_node_tag()[0] != '-');
}

TEST_CASE("what is no id is not parsed as one") {
  CHECK_FALSE(socket_id::parse(""));
  CHECK_FALSE(socket_id::parse("short"));
  CHECK_FALSE(socket_id::parse("aaaaaaaaaaaaaaaaaaa "));
  CHECK_FALSE(socket_id::parse("aaaaaaaaaaaaaaaaaaaa+"));
  CHECK_FALSE(socket_id::parse(std::string_view("aaaaaaaaaaaaaaaaaa\0a", 20)));
  CHECK(socket_id::parse("aaaaaaaaaaaaaaaaaaaa"));
}

TEST_CASE("ids do not repeat") {
  id_source ids(make_node_tag(), 3);
  std::set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) CHECK(seen.insert(ids.next().str()).second);
}

TEST_CASE("the id table finds what is in it and nothing else, through growth and removal") {
  struct thing {
    socket_id own;
    const socket_id& id() const { return own; }
  };
  id_source ids(make_node_tag(), 0);
  std::mt19937 random(7);
  id_table<thing> table;
  std::unordered_map<std::string, std::unique_ptr<thing>> model;
  std::vector<socket_id> gone;
  CHECK(table.find(ids.next()) == nullptr);
  for (int step = 0; step < 30'000; ++step) {
    const bool growing = step < 15'000;
    if (model.empty() || random() % 4 < (growing ? 3u : 1u)) {
      auto made = std::make_unique<thing>(ids.next());
      table.insert(*made);
      model.emplace(made->own.str(), std::move(made));
    } else {
      const auto victim = model.begin();
      table.erase(*victim->second);
      gone.push_back(victim->second->own);
      model.erase(victim);
    }
    CHECK(table.size() == model.size());
  }
  for (const auto& [text, t] : model) CHECK(table.find(t->own) == t.get());
  for (const auto& id : gone) CHECK(table.find(id) == nullptr);
}
