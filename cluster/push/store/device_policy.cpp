#include "cluster/push/store/device_policy.hpp"

#include <algorithm>
#include <tuple>

namespace pushmesh::cluster::push {

namespace {

using rule = device_policy::rule;

/// Who logged in first; sockets of the same millisecond have an order, too.
bool older(const online_device* a, const online_device* b) {
  return std::tie(a->since, a->socket) < std::tie(b->since, b->socket);
}

}  // namespace

admission decide(const device_policy& policy, const std::vector<online_device>& online,
                 const online_device& newcomer, std::size_t most) {
  std::vector<const online_device*> losers;
  std::vector<const online_device*> others;  // that may stay
  for (const auto& d : online) {
    if (d.socket == newcomer.socket) continue;
    const bool replaced =
        d.is_device_of(newcomer) || policy.which == rule::newest ||
        (policy.which == rule::one_per_platform && d.platform == newcomer.platform);
    (replaced ? losers : others).push_back(&d);
  }
  if (policy.which == rule::refuse && !others.empty()) return {};
  if (policy.which == rule::max) {
    const auto room = std::max<std::size_t>(policy.max_devices, 1) - 1;
    std::sort(others.begin(), others.end(), older);
    const auto too_many = others.size() > room ? others.size() - room : 0;
    losers.insert(losers.end(), others.begin(), others.begin() + too_many);
    others.erase(others.begin(), others.begin() + too_many);
  }
  if (others.size() >= most) return {};
  admission result{true, {}};
  for (const auto* d : losers)
    result.losers.push_back({*d, loss_reason::replaced, newcomer.platform});
  return result;
}

}  // namespace pushmesh::cluster::push
