#include "cluster/link/interest_table.hpp"

#include <algorithm>

namespace pushmesh::cluster {

std::optional<peer_slot> interest_table::add_peer() {
  const auto is_free = [](const peer& p) { return p.phase == phase::free; };
  const auto at = std::find_if(peers_.begin(), peers_.end(), is_free);
  const auto slot = static_cast<peer_slot>(at - peers_.begin());
  if (at == peers_.end()) {
    if (peers_.size() == interest_peers::capacity) return std::nullopt;
    peers_.emplace_back();
  }
  peers_[slot] = peer{};
  set_phase(slot, phase::fresh);
  return slot;
}

void interest_table::remove_peer(peer_slot p) {
  const auto nothing_known = peers_[p].phase == phase::fresh;
  set_phase(p, nothing_known ? phase::free : phase::gone);
  if (nothing_known) return;
  peers_[p].swept = 0;
  ++gone_;
}

bool interest_table::sweep(std::size_t slices) {
  for (peer_slot p = 0; gone_ > 0 && slices > 0 && p < peers_.size(); ++p) {
    auto& left = peers_[p];
    if (left.phase != phase::gone) continue;
    for (; slices > 0 && left.swept < map::segment_count; --slices) forget(p, left.swept++);
    if (left.swept < map::segment_count) break;
    set_phase(p, phase::free);
    --gone_;
  }
  return gone_ > 0;
}

void interest_table::start_snapshot(peer_slot p) {
  if (peers_[p].phase != phase::fresh)
    for (std::size_t i = 0; i < map::segment_count; ++i) forget(p, i);
  peers_[p].digest = {};
  set_phase(p, phase::receiving);
}

void interest_table::add_to_snapshot(peer_slot p, std::span<const std::uint64_t> rooms) {
  if (peers_[p].phase != phase::receiving) return;
  for (const auto room : rooms) add(p, room);
}

interest_table::outcome interest_table::finish_snapshot(peer_slot p,
                                                        const interest_digest& digest) {
  auto& from = peers_[p];
  if (from.phase != phase::receiving) return stale(p);
  from.digest.sequence = digest.sequence;
  if (from.digest != digest) return stale(p);
  set_phase(p, phase::current);
  return outcome::current;
}

interest_table::outcome interest_table::apply(peer_slot p, const interest_deltas& deltas) {
  auto& from = peers_[p];
  if (from.phase == phase::fresh) return outcome::waiting;  // sent before its snapshot
  if (from.phase != phase::current) return stale(p);
  auto& last = from.digest.sequence;
  if (deltas.first_sequence == 0 || deltas.first_sequence > last + 1) return stale(p);
  const auto known = last + 1 - deltas.first_sequence;
  for (auto i = known; i < deltas.changes.size(); ++i, ++last) {
    const auto& change = deltas.changes[i];
    change.interested ? add(p, change.room) : remove(p, change.room);
  }
  return outcome::current;
}

interest_table::outcome interest_table::check(peer_slot p, const interest_digest& digest) {
  const auto& from = peers_[p];
  if (from.phase == phase::fresh || from.phase == phase::receiving) return outcome::waiting;
  return from.phase == phase::current && from.digest == digest ? outcome::current : stale(p);
}

interest_peers interest_table::interested(std::span<const std::uint64_t> rooms) const noexcept {
  if (rooms.empty()) return {};
  interest_peers result;
  collect(rooms, result);
  return (result |= catch_all_) &= up_;
}

void interest_table::collect(std::span<const std::uint64_t> rooms,
                             interest_peers& into) const noexcept {
  if (rooms.size() > 1)
    for (const auto room : rooms) rooms_.prefetch(room);
  for (const auto room : rooms)
    if (const auto* set = rooms_.find(room)) sets_.collect(*set, into);
}

void interest_table::set_phase(peer_slot p, enum phase next) noexcept {
  peers_[p].phase = next;
  const auto up = next != phase::free && next != phase::gone;
  up ? up_.insert(p) : up_.erase(p);
  up&& next != phase::current ? catch_all_.insert(p) : catch_all_.erase(p);
}

void interest_table::add(peer_slot p, std::uint64_t room) {
  if (!sets_.insert(*rooms_.insert(room).first, p)) return;
  ++peers_[p].digest.rooms;
  peers_[p].digest.sum += interest_mix(room);
}

void interest_table::remove(peer_slot p, std::uint64_t room) {
  auto* const set = rooms_.find(room);
  if (set == nullptr || !sets_.erase(*set, p)) return;
  if (set->none()) rooms_.erase(room);
  --peers_[p].digest.rooms;
  peers_[p].digest.sum -= interest_mix(room);
}

void interest_table::forget(peer_slot p, std::size_t segment) {
  rooms_.retain(segment, [&](std::uint64_t, interest_sets::handle& set) {
    sets_.erase(set, p);
    return !set.none();
  });
}

interest_table::outcome interest_table::stale(peer_slot p) noexcept {
  if (peers_[p].phase == phase::stale) return outcome::waiting;  // asked already
  set_phase(p, phase::stale);
  return outcome::repair;
}

}  // namespace pushmesh::cluster
