#include "cluster/push/store/store_view.hpp"

#include <algorithm>

namespace pushmesh::cluster::push {

void store_view::set(const std::vector<store_node>& others) {
  std::vector<incarnation_id> nodes{self_.id};
  for (const auto& n : others)
    if (std::find(nodes.begin(), nodes.end(), n.id) == nodes.end()) nodes.push_back(n.id);
  const bool same =
      nodes.size() == nodes_.size() &&
      std::all_of(nodes.begin(), nodes.end(), [this](const auto& n) { return has(n); });
  if (same) return;
  ++generation_;
  if (std::any_of(nodes.begin(), nodes.end(), [this](const auto& n) { return !has(n); }))
    joined_ = generation_;
  nodes_ = std::move(nodes);
}

bool store_view::has(const incarnation_id& node) const noexcept {
  return std::find(nodes_.begin(), nodes_.end(), node) != nodes_.end();
}

}  // namespace pushmesh::cluster::push
