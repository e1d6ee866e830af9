#include "cluster/link/interest_counts.hpp"

namespace pushmesh::cluster {

std::uint64_t interest_counts::joined(std::uint64_t room) {
  const auto [e, is_new] = rooms_.insert(room);
  if (is_new) {
    change(room, true);
    e->added = static_cast<std::uint32_t>(last_);
  }
  ++e->shards;
  return full_sequence(e->added);
}

void interest_counts::left(std::uint64_t room, clock::time_point now) {
  auto* const e = rooms_.find(room);
  if (e == nullptr || e->shards == 0) return;
  if (--e->shards > 0 || e->removal_queued) return;
  e->removal_queued = 1;
  removals_.push_back({now + options_.removal_delay, room});
}

std::uint64_t interest_counts::required_sequence(std::uint64_t room) const noexcept {
  const auto* const e = rooms_.find(room);
  return e == nullptr ? 0 : full_sequence(e->added);
}

interest_deltas interest_counts::take(clock::time_point now) {
  for (std::size_t n = 0; n < options_.max_removals && !removals_.empty(); ++n) {
    const auto [due, room] = removals_.front();
    if (due > now) break;
    removals_.pop_front();
    auto* const e = rooms_.find(room);
    e->removal_queued = 0;
    if (e->shards > 0) continue;  // somebody came back
    rooms_.erase(room);
    change(room, false);
  }
  interest_deltas deltas{last_ - pending_.size() + 1, {}};
  deltas.changes.swap(pending_);
  return deltas;
}

std::optional<interest_counts::clock::time_point> interest_counts::next_removal() const noexcept {
  if (removals_.empty()) return std::nullopt;
  return removals_.front().due;
}

interest_snapshot interest_counts::snapshot() const {
  interest_snapshot all{digest(), {}};
  all.rooms.reserve(rooms_.size());
  rooms_.for_each([&](std::uint64_t room, const entry&) { all.rooms.push_back(room); });
  return all;
}

void interest_counts::change(std::uint64_t room, bool interested) {
  pending_.push_back({room, interested});
  ++last_;
  if (interested)
    sum_ += interest_mix(room);
  else
    sum_ -= interest_mix(room);
}

}  // namespace pushmesh::cluster
