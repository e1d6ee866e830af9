#include "actors/room_table.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

using namespace pushmesh::actors;

namespace {

struct member : room_member {};

std::set<member*> visited(room_table& table, std::vector<std::string> rooms,
                          std::vector<std::string> except = {}) {
  std::set<member*> seen;
  room_table::walk w(table);
  for (const auto& r : except) w.except_room(r);
  for (const auto& r : rooms)
    w.visit_room(r, [&](room_member& m) {
      CHECK(seen.insert(static_cast<member*>(&m)).second);  // never twice
    });
  return seen;
}

}  // namespace

TEST_CASE("a room exists while it has members") {
  room_table table;
  member a, b;
  CHECK(table.join(a, "r") == room_table::joined::new_room);
  CHECK(table.join(a, "r") == room_table::joined::already);
  CHECK(table.join(b, "r") == room_table::joined::existing_room);
  CHECK(table.size() == 1);
  CHECK(table.leave(a, "r") == room_table::left::room_remains);
  CHECK(table.leave(a, "r") == room_table::left::not_member);
  CHECK(table.leave(b, "r") == room_table::left::room_removed);
  CHECK(table.size() == 0);
  CHECK(table.members("r") == nullptr);
}

TEST_CASE("a walk over several rooms reaches each member once and no excepted one") {
  room_table table;
  member a, b, c, d;
  for (auto* m : {&a, &b, &c}) table.join(*m, "x");
  for (auto* m : {&b, &c, &d}) table.join(*m, "y");
  table.join(c, "z");
  CHECK(visited(table, {"x", "y"}) == std::set<member*>{&a, &b, &c, &d});
  CHECK(visited(table, {"x", "y"}, {"z"}) == std::set<member*>{&a, &b, &d});
  CHECK(visited(table, {"x"}, {"x"}).empty());
  CHECK(visited(table, {"unknown"}).empty());
  for (auto* m : {&a, &b, &c, &d}) table.leave_all(*m, [](std::string_view) {});
}

TEST_CASE("leaving all rooms names those that ended") {
  room_table table;
  member a, b;
  table.join(a, "alone");
  table.join(a, "shared");
  table.join(b, "shared");
  std::vector<std::string> ended;
  table.leave_all(a, [&](std::string_view name) { ended.emplace_back(name); });
  CHECK(ended == std::vector<std::string>{"alone"});
  CHECK(a.room_count() == 0);
  CHECK(visited(table, {"shared"}) == std::set<member*>{&b});
  table.leave_all(b, [](std::string_view) {});
}

TEST_CASE("random joins and leaves agree with a plain model") {
  std::mt19937 random(20261123);
  room_table table;
  std::vector<member> members(40);
  std::map<std::string, std::set<member*>> model;
  for (int step = 0; step < 20'000; ++step) {
    auto& m = members[random() % members.size()];
    const auto room = "room" + std::to_string(random() % 12);
    if (random() % 2) {
      const auto fresh = model[room].insert(&m).second;
      CHECK((table.join(m, room) != room_table::joined::already) == fresh);
    } else {
      const auto was_in = model[room].erase(&m) > 0;
      CHECK((table.leave(m, room) != room_table::left::not_member) == was_in);
    }
    if (step % 97 == 0)
      for (const auto& [name, in] : model) CHECK(visited(table, {name}) == in);
  }
  for (auto& m : members) table.leave_all(m, [](std::string_view) {});
  CHECK(table.size() == 0);
}
