#include "cluster/link/link_queue.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::cluster {

using wire_v1::item_class;
using wire_v1::item_kind;

push_result link_queue::push(std::string_view item, item_traits traits) {
  if (item.empty()) return push_result::malformed;
  const auto c = wire_v1::class_of(static_cast<item_kind>(item[0]));
  if (c == item_class::control) {
    if (control_.size() + item.size() > options_.max_control_bytes) return push_result::full;
    control_.append(item);
    return push_result::accepted;
  }

  auto& l = lane_of(c);
  const bool is_volatile = traits.is_volatile && !traits.request;
  if (!make_room(l, item.size() + overhead, is_volatile)) return push_result::full;
  if (l.live == 0) {
    // A lane that was idle has no claim on what it did not use.
    l.served = std::max(l.served, served_by_others(l));
  }
  if (is_volatile) {
    l.volatiles.push_back(l.first + l.entries.size());
    l.volatile_bytes += item.size();
  }
  const bool plain = !is_volatile && !traits.request && item.size() <= max_run;
  if (!plain || !extend_run(l, item))
    l.entries.push_back({std::string(item), traits.request, plain, {}});
  l.memory += item.size() + overhead;
  ++l.live;
  return push_result::accepted;
}

/// Puts the item behind the last one of its kind; false when there is none, or no room.
bool link_queue::extend_run(lane& l, std::string_view item) {
  if (l.entries.empty()) return false;
  auto& run = l.entries.back();
  if (!run.may_grow || run.bytes.size() + item.size() > max_run) return false;
  if (run.ends.empty()) run.ends.push_back(static_cast<std::uint32_t>(run.bytes.size()));
  // The string would double beyond what a run may have.
  if (const auto size = run.bytes.size() + item.size(); size > run.bytes.capacity())
    run.bytes.reserve(std::min(max_run, 2 * size));
  run.bytes.append(item);
  run.ends.push_back(static_cast<std::uint32_t>(run.bytes.size()));
  return true;
}

std::size_t link_queue::bound_of(const lane& l) const noexcept {
  const auto for_replies = options_.max_bytes / 4;
  if (&l == &lanes_[0]) return options_.max_bytes - for_replies;
  return &l == &lanes_[1] ? for_replies : options_.max_session_bytes;
}

/// What a byte of the lane counts, so that all that wait count the same in the end.
std::size_t link_queue::factor_of(const lane& l) const noexcept {
  if (&l == &lanes_[0]) return options_.session_weight;
  return options_.fifo_weight * (&l == &lanes_[1] ? options_.session_weight : 1);
}

/// The least of those where something waits; when there is none the most of all.
std::uint64_t link_queue::served_by_others(const lane& l) const noexcept {
  std::optional<std::uint64_t> least;
  std::uint64_t most = 0;
  for (const auto& other : lanes_) {
    if (&other == &l) continue;
    most = std::max(most, other.served);
    if (other.live > 0) least = std::min(least.value_or(other.served), other.served);
  }
  return least.value_or(most);
}

/// A volatile item drives nothing out: it is what goes first.
bool link_queue::make_room(lane& l, std::size_t bytes, bool for_volatile) {
  const auto bound = bound_of(l);
  if (l.memory + bytes <= bound) return true;
  if (for_volatile || l.memory - l.volatile_bytes + bytes > bound) return false;
  while (l.memory + bytes > bound) drop_oldest_volatile(l);
  return true;
}

/// Its place stays until it comes to the front.
void link_queue::drop_oldest_volatile(lane& l) {
  auto& e = l.entries[l.volatiles.front() - l.first];
  l.volatiles.pop_front();
  l.volatile_bytes -= e.bytes.size();
  l.memory -= e.bytes.size();
  std::string().swap(e.bytes);
  --l.live;
  ++volatile_dropped_;
  skip_dropped(l);
}

void link_queue::skip_dropped(lane& l) {
  while (!l.entries.empty() && l.entries.front().bytes.empty()) {
    l.entries.pop_front();
    ++l.first;
    l.memory -= overhead;
  }
}

void link_queue::not_volatile_any_more(lane& l) {
  if (l.volatiles.empty() || l.volatiles.front() != l.first) return;
  l.volatiles.pop_front();
  l.volatile_bytes -= l.entries.front().bytes.size();
}

/// Of a run: what is left of it.
void link_queue::pop_front(lane& l) {
  not_volatile_any_more(l);
  const auto& e = l.entries.front();
  const auto items = e.items() - l.sent;
  l.memory -= e.bytes.size() - l.sent_bytes + items * overhead;
  l.live -= items;
  l.entries.pop_front();
  ++l.first;
  l.cutter.reset();
  l.sent = l.sent_bytes = 0;
  skip_dropped(l);
}

std::optional<outbound_batch> link_queue::take_batch(std::int64_t credit, std::size_t max_bytes) {
  outbound_batch batch;
  batch.bytes.swap(control_);
  while (credit > static_cast<std::int64_t>(batch.cost)) {
    auto* const l = next_lane();
    const auto left = static_cast<std::size_t>(credit) - batch.cost;
    if (l == nullptr || !append_from(*l, batch, max_bytes, left)) break;
  }
  if (batch.bytes.empty()) return std::nullopt;
  batch.sequence = ++sequence_;
  return batch;
}

/// The lane that had the smaller share so far, of those where something waits.
link_queue::lane* link_queue::next_lane() noexcept {
  lane* next = nullptr;
  for (auto& l : lanes_)
    if (l.live > 0 && (!next || l.served < next->served)) next = &l;
  return next;
}

/// False when the next item of the lane belongs in a further batch.
bool link_queue::append_from(lane& l, outbound_batch& to, std::size_t max_bytes,
                             std::size_t credit) {
  const auto& item = l.entries.front().bytes;
  const auto before = to.bytes.size();
  const auto left = max_bytes - std::min(max_bytes, before);
  if (item.size() <= wire_v1::max_item) {
    if (!append_items(l, to, max_bytes, credit)) return false;
  } else {
    if (left < smallest_part && before > 0) return false;
    not_volatile_any_more(l);  // or the other side waits for the rest for ever
    if (!l.cutter) l.cutter.emplace(item);
    l.cutter->append_next(to.bytes, std::max(left, smallest_part));
    if (l.cutter->done()) pop_front(l);
  }
  const auto size = to.bytes.size() - before;
  to.cost += size;
  l.served += size * factor_of(l);
  return true;
}

/// One item of the front entry, or while nothing waits in other lanes all of a run that may go.
bool link_queue::append_items(lane& l, outbound_batch& to, std::size_t max_bytes,
                              std::size_t credit) {
  auto& e = l.entries.front();
  const auto begin = l.sent_bytes;
  auto end = e.end_of(l.sent);
  auto count = std::size_t{1};
  if (!to.bytes.empty() && to.bytes.size() + end - begin > max_bytes) return false;
  if (waiting() == l.live)
    for (auto i = l.sent + 1; i < e.items() && end - begin < credit; ++i, ++count) {
      if (to.bytes.size() + e.end_of(i) - begin > max_bytes) break;
      end = e.end_of(i);
    }
  if (to.bytes.empty() && begin == 0 && end == e.bytes.size()) {
    not_volatile_any_more(l);
    l.memory -= e.bytes.size();  // which pop_front() no longer finds
    to.bytes.swap(e.bytes);
    pop_front(l);
    return true;
  }
  to.bytes.append(e.bytes, begin, end - begin);
  if (l.sent + count == e.items()) {
    pop_front(l);
    return true;
  }
  l.sent += count;
  l.sent_bytes = end;
  l.memory -= end - begin + count * overhead;
  l.live -= count;
  return true;
}

link_queue::lost link_queue::clear() {
  lost result;
  for (auto& l : lanes_) {
    for (const auto& e : l.entries) {
      if (e.bytes.empty()) continue;
      result.items += e.items();
      result.bytes += e.bytes.size();
      if (e.request) result.requests.push_back(*e.request);
    }
    result.items -= l.sent;
    result.bytes -= l.sent_bytes;
    l = {};
  }
  std::string().swap(control_);
  sequence_ = 0;
  return result;
}

}  // namespace pushmesh::cluster
