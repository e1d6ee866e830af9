#include "cluster/link/peer_history.hpp"

#include <doctest/doctest.h>

#include <string>

using pushmesh::cluster::peer_history;
using state = peer_history::state;

TEST_CASE("a peer's links and what was lost with them are counted by its name") {
  peer_history h;
  h.came_up("b");
  h.came_up("a");
  h.went_down("a", state::lost, 3);
  h.came_up("a");
  h.went_down("a", state::left, 2);
  h.went_down("stranger", state::lost, 1);
  const auto all = h.all();
  REQUIRE(all.size() == 2);
  CHECK(all[0].name == "a");
  CHECK(all[0].state == state::left);
  CHECK(all[0].links == 2);
  CHECK(all[0].lost_items == 5);
  CHECK(all[1].name == "b");
  CHECK(all[1].state == state::up);
  CHECK(all[1].links == 1);
  CHECK(all[1].lost_items == 0);
}

TEST_CASE("a new name takes the place of the one that is gone for longest, never of a peer") {
  peer_history h;
  for (std::size_t i = 0; i < peer_history::max_names; ++i) h.came_up("n" + std::to_string(i));
  h.went_down("n7", state::lost, 0);
  h.went_down("n3", state::left, 0);
  h.came_up("new");
  auto all = h.all();
  CHECK(all.size() == peer_history::max_names);
  for (const auto& r : all) CHECK(r.name != "n7");
  h.came_up("newer");
  all = h.all();
  CHECK(all.size() == peer_history::max_names);
  for (const auto& r : all) CHECK(r.name != "n3");
}
