#include "net/transport/overflow.hpp"

#include "net/transport/io_loop.hpp"

namespace pushmesh::net {
namespace {

constexpr std::size_t same_turn_factor = 4;

}  // namespace

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

bool drops_volatile(io_loop& loop, const frame& incoming, bool can_write) {
  const bool drops = incoming.about().is_volatile &&
                     (!can_write || loop.budget().current() != outbound_budget::level::normal);
  if (drops) loop.counters().volatile_dropped.add();
  return drops;
}

bool makes_too_long(const io_loop& loop, const outbound_queue& queue, const frame& incoming) {
  const auto after = queue.bytes() + incoming.bytes().size();
  return after > loop.options().max_queue_bytes && !queue.empty();
}

overflow_verdict::action admit(io_loop& loop, outbound_queue& queue, const frame& incoming,
                               chance_to_read chance) {
  auto& counters = loop.counters();
  const auto& options = loop.options();
  auto policy = static_cast<overflow_policy>(incoming.about().policy);
  if (policy == overflow_policy::inherit) policy = options.overflow;
  const auto factor = chance == chance_to_read::none_yet ? same_turn_factor : 1;
  const auto verdict = make_room(queue, incoming, policy, options.max_queue_bytes * factor);
  counters.overflow_dropped.add(static_cast<std::int64_t>(verdict.dropped));
  if (verdict.what == overflow_verdict::action::drop)
    (incoming.about().is_volatile ? counters.volatile_dropped : counters.overflow_dropped).add();
  if (verdict.what == overflow_verdict::action::close) counters.slow_consumers.add();
  return verdict.what;
}

}  // namespace pushmesh::net
