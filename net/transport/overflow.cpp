#include "net/transport/overflow.hpp"

namespace pushmesh::net {

overflow_verdict make_room(outbound_queue& q, const frame& incoming, overflow_policy policy,
                           std::size_t max_bytes) {
  using enum overflow_verdict::action;
  const auto size = incoming.bytes().size();
  const auto fits = [&] { return q.empty() || q.bytes() + size <= max_bytes; };
  if (fits()) return {queue};
  if (incoming.about().is_volatile) return {drop};

  auto dropped = q.drop_volatile();
  if (fits()) return {queue, dropped};
  const bool is_event = incoming.about().event_hash != 0;
  if (policy == overflow_policy::close) return {close, dropped};
  if (policy == overflow_policy::drop_newest && is_event) return {drop, dropped};
  if (policy == overflow_policy::coalesce && is_event)
    dropped += q.coalesce(incoming.about().event_hash);
  if (!fits()) dropped += q.drop_oldest(size < max_bytes ? max_bytes - size : 0);
  if (fits()) return {queue, dropped};
  return {is_event ? drop : close, dropped};
}

}  // namespace pushmesh::net
