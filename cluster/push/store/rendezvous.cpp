#include "cluster/push/store/rendezvous.hpp"

#include <cassert>
#include <utility>

#include "cluster/link/interest.hpp"

namespace pushmesh::cluster::push {

std::uint64_t rendezvous_score(const incarnation_id& node, std::string_view key) noexcept {
  const std::string_view bytes(reinterpret_cast<const char*>(node.bytes.data()), node.bytes.size());
  return interest_mix(fnv1a(key) ^ interest_mix(fnv1a(bytes)));
}

rendezvous_pair rendezvous(const std::vector<incarnation_id>& nodes,
                           std::string_view key) noexcept {
  assert(!nodes.empty());
  using ranked = std::pair<std::uint64_t, const incarnation_id*>;
  const auto better = [](const ranked& a, const ranked& b) {
    if (!b.second) return true;
    return a.first != b.first ? a.first > b.first : *a.second > *b.second;
  };
  ranked first, second;
  for (const auto& n : nodes) {
    ranked one{rendezvous_score(n, key), &n};
    if (better(one, first)) std::swap(one, first);
    if (one.second && better(one, second)) second = one;
  }
  rendezvous_pair result{*first.second, std::nullopt};
  if (second.second) result.replica = *second.second;
  return result;
}

}  // namespace pushmesh::cluster::push
