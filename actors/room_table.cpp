#include "actors/room_table.hpp"

#include <algorithm>
#include <iterator>

namespace pushmesh::actors {

struct room {
  std::string name;
  std::vector<room_member*> members;
};

room_table::room_table() = default;
room_table::~room_table() = default;

std::vector<std::string> room_member::room_names() const {
  std::vector<std::string> names;
  names.reserve(rooms_.size());
  for (const auto& s : rooms_) names.push_back(s.in->name);
  return names;
}

std::string room_table::last_room(const room_member& m) {
  return m.rooms_.back().in->name;
}

room_table::joined room_table::join(room_member& m, std::string_view name) {
  auto found = rooms_.find(name);
  const auto is_new = found == rooms_.end();
  if (is_new) {
    auto made = std::make_unique<room>();
    made->name = std::string(name);
    found = rooms_.emplace(made->name, std::move(made)).first;
  }
  auto* const r = found->second.get();
  const auto in_it = [r](const room_member::slot& s) { return s.in == r; };
  if (std::any_of(m.rooms_.begin(), m.rooms_.end(), in_it)) return joined::already;
  m.rooms_.push_back({r, static_cast<std::uint32_t>(r->members.size())});
  r->members.push_back(&m);
  return is_new ? joined::new_room : joined::existing_room;
}

bool room_table::has(const room_member& m, std::string_view name) const noexcept {
  return std::any_of(m.rooms_.begin(), m.rooms_.end(),
                     [name](const auto& s) { return s.in->name == name; });
}

room_table::left room_table::leave(room_member& m, std::string_view name) {
  // From the back: who leaves all of many rooms leaves the last one each time.
  const auto mine = std::find_if(m.rooms_.rbegin(), m.rooms_.rend(),
                                 [name](const auto& s) { return s.in->name == name; });
  if (mine == m.rooms_.rend()) return left::not_member;
  auto* const r = mine->in;
  const auto index = mine->index;
  m.rooms_.erase(std::next(mine).base());

  // The last member takes the free place and learns its new index.
  auto* const moved = r->members.back();
  r->members[index] = moved;
  r->members.pop_back();
  if (moved != &m)
    for (auto& s : moved->rooms_)
      if (s.in == r) s.index = index;

  if (!r->members.empty()) return left::room_remains;
  rooms_.erase(rooms_.find(r->name));
  return left::room_removed;
}

const std::vector<room_member*>* room_table::members(std::string_view name) const noexcept {
  const auto found = rooms_.find(name);
  return found == rooms_.end() ? nullptr : &found->second->members;
}

}  // namespace pushmesh::actors
