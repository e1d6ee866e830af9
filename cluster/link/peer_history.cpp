#include "cluster/link/peer_history.hpp"

namespace pushmesh::cluster {

void peer_history::came_up(const std::string& name) {
  if (!entries_.contains(name)) make_room();
  auto& e = entries_[name];
  e.what.name = name;
  e.what.state = state::up;
  ++e.what.links;
  e.changed = ++changes_;
}

void peer_history::went_down(const std::string& name, state how, std::uint64_t lost_items) {
  const auto found = entries_.find(name);
  if (found == entries_.end()) return;
  auto& e = found->second;
  e.what.state = how;
  e.what.lost_items += lost_items;
  e.changed = ++changes_;
}

/// Forgets the one that is gone for longest.
void peer_history::make_room() {
  if (entries_.size() < max_names) return;
  auto oldest = entries_.end();
  for (auto i = entries_.begin(); i != entries_.end(); ++i) {
    const auto is_gone = i->second.what.state != state::up;
    if (is_gone && (oldest == entries_.end() || i->second.changed < oldest->second.changed))
      oldest = i;
  }
  if (oldest != entries_.end()) entries_.erase(oldest);
}

std::vector<peer_history::record> peer_history::all() const {
  std::vector<record> records;
  records.reserve(entries_.size());
  for (const auto& [name, e] : entries_) records.push_back(e.what);
  return records;
}

}  // namespace pushmesh::cluster
