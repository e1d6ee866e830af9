#include "cluster/push/store/user_operation.hpp"

#include <algorithm>

#include "cluster/push/store/record_merge.hpp"

namespace pushmesh::cluster::push {

namespace {

user_outcome failed(store_errc e) {
  user_outcome o;
  o.error = e;
  return o;
}

user_outcome admit(user_record& on, const user_operation& op, const device_policy& policy,
                   const store_limits& limits, user_changes& out) {
  auto device = op.device;
  // Logins have one order whatever the clocks of their nodes say: it decides after a partition.
  for (const auto& d : on.devices())
    if (d.socket != device.socket)
      device.since = std::max(device.since, d.since + std::chrono::milliseconds(1));
  auto a = on.admit(device, op.tags, policy, limits, out);
  if (!a) return failed(a.error());
  user_outcome o;
  o.losers = std::move(a->losers);
  return o;
}

/// The node has this socket, and this record may not know: then it logs in where it stood.
user_outcome confirm(user_record& on, const user_operation& op, const device_policy& policy,
                     const store_limits& limits, user_changes& out) {
  user_outcome o;
  if (on.device(op.device.socket)) return o;
  auto devices = on.devices();
  devices.push_back(op.device);
  const auto online = log_in_again(std::move(devices), policy, limits, o.losers);
  for (const auto& l : o.losers) on.release(l.device.socket, out);
  const auto stays = std::any_of(online.begin(), online.end(),
                                 [&](const auto& d) { return d.socket == op.device.socket; });
  if (!stays) return o;
  // Who would have to go for it is gone.
  if (const auto a = on.admit(op.device, op.tags, policy, limits, out); !a)
    return failed(a.error());
  return o;
}

user_view view_of(const user_record& r) {
  user_view v;
  v.devices = r.devices();
  const auto tags = r.tags();
  v.tags.assign(tags.begin(), tags.end());
  v.offline = r.queue().size();
  const auto listed = std::min(max_looked_at, r.queue().size());
  v.waiting.assign(r.queue().begin(), r.queue().begin() + static_cast<std::ptrdiff_t>(listed));
  return v;
}

}  // namespace

user_outcome carry_out(user_record& on, const user_operation& op, const device_policy& policy,
                       const store_limits& limits, store_time now, user_changes& out) {
  user_outcome o;
  switch (op.verb) {
    case user_verb::admit:
      return admit(on, op, policy, limits, out);
    case user_verb::confirm:
      return confirm(on, op, policy, limits, out);
    case user_verb::release:
      o.count = on.release(op.device.socket, out);
      return o;
    case user_verb::tag:
      for (const auto& t : op.tags)
        if (const auto done = on.tag(t, tag_source::granted, limits, out); !done)
          return failed(done.error());
      return o;
    case user_verb::untag:
      for (const auto& t : op.tags) on.untag(t, out);
      return o;
    case user_verb::enqueue:
      if (!op.payload) return failed(store_errc::bad_request);
      if (const auto done = on.enqueue(op.payload, limits, now, out); !done)
        return failed(done.error());
      return o;
    case user_verb::sent:
      o.count = on.sent(op.message, now, out);
      return o;
    case user_verb::acknowledge:
      o.count = on.acknowledge(op.message, op.device.device, now, out);
      return o;
    case user_verb::acknowledge_through:
      o.count = on.acknowledge_through(op.message, op.device.device, now, out);
      return o;
    case user_verb::look:
      on.expire(now, out);
      o.view = view_of(on);
      return o;
  }
  return failed(store_errc::bad_request);
}

}  // namespace pushmesh::cluster::push
