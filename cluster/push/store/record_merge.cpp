#include "cluster/push/store/record_merge.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pushmesh::cluster::push {

namespace {

bool has_socket(const std::vector<online_device>& devices, const socket_id& socket) {
  return std::any_of(devices.begin(), devices.end(),
                     [&](const auto& d) { return d.socket == socket; });
}

/// The platform of who stays, for those that are told to go.
platform_name winner_of(const std::vector<online_device>& online) {
  return online.empty() ? platform_name() : online.back().platform;
}

/// Latest first, each epoch once.
void remember(std::vector<record_state>& past, const record_head& head) {
  past.push_back(head.state);
  past.insert(past.end(), head.past.begin(), head.past.end());
  std::sort(past.begin(), past.end(), std::greater<>());
  const auto same = [](const auto& a, const auto& b) { return a.epoch == b.epoch; };
  past.erase(std::unique(past.begin(), past.end(), same), past.end());
  if (past.size() > record_head::max_past) past.resize(record_head::max_past);
}

}  // namespace

std::vector<online_device> log_in_again(std::vector<online_device> devices,
                                        const device_policy& policy, const store_limits& limits,
                                        std::vector<losing_device>& losers) {
  std::stable_sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) {
    return std::tie(a.since, a.socket) < std::tie(b.since, b.socket);
  });
  std::vector<online_device> online;
  for (auto& d : devices) {
    auto a = decide(policy, online, d, limits.devices_per_user);
    if (!a.admitted) {
      losers.push_back({d, loss_reason::replaced, winner_of(online)});
      continue;
    }
    std::erase_if(online, [&](const auto& o) {
      return o.socket == d.socket ||
             std::any_of(a.losers.begin(), a.losers.end(),
                         [&](const auto& l) { return l.device.socket == o.socket; });
    });
    losers.insert(losers.end(), a.losers.begin(), a.losers.end());
    online.push_back(std::move(d));
  }
  return online;
}

merged_record merge(const user_id& user, const store_epoch& claim, std::vector<known_record> found,
                    const device_policy& policy, const store_limits& limits,
                    const std::function<bool(const online_device&)>& online,
                    const std::function<bool(const message_id&)>& settled) {
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.head.state > b.head.state; });
  merged_record m{{{claim, 1}, {}}, user_record(user)};
  std::vector<const known_record*> sides;
  std::vector<online_device> devices;
  for (const auto& f : found) {
    const bool old = std::any_of(sides.begin(), sides.end(), [&](const known_record* s) {
      return s->head.contains(f.head.state);
    });
    remember(m.head.past, f.head);
    if (old) continue;
    sides.push_back(&f);
    for (const auto& d : f.record.devices())
      if (online(d) && !has_socket(devices, d.socket)) devices.push_back(d);
  }
  if (sides.empty()) return m;
  for (const auto& c : sides.front()->record.whole())
    if (!std::holds_alternative<device_put>(c)) m.record.apply(c);
  for (auto side = sides.begin() + 1; side != sides.end(); ++side)
    for (const auto& e : (*side)->record.queue())
      if (!settled(e.message->id) && m.record.queue().size() < limits.queue_per_user)
        m.record.apply(message_queued{e.message, e.attempts, e.message->created});

  std::vector<losing_device> told;
  for (auto& d : log_in_again(std::move(devices), policy, limits, told))
    m.record.apply(device_put{std::move(d)});
  return m;
}

}  // namespace pushmesh::cluster::push
