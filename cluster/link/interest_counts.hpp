#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "cluster/link/interest.hpp"
#include "cluster/link/interest_map.hpp"

namespace pushmesh::cluster {

struct interest_counts_options {
  /// A room nobody is in any longer stays announced for this long: who leaves often comes back (a
  /// reload, a reconnect), and a late removal costs others nothing but superfluous emits.
  std::chrono::milliseconds removal_delay{2000};
  /// Removals in one take(): a million sockets that leave make no message of 9 MB.
  std::size_t max_removals = 4096;
};

/// Which rooms this node has, counted over its shards, and what of it the peers must be told.
/// Shards report when a room gets its first or loses its last member there; whoever owns this (one
/// actor) takes the deltas and sends them to all peers. 16 bytes a slot, some 26 a room.
class interest_counts {
 public:
  using clock = std::chrono::steady_clock;

  /// `seed` is random: see interest_map.
  explicit interest_counts(std::uint64_t seed, const interest_counts_options& options = {})
      : options_(options), rooms_(seed) {}

  /// A shard has the room now. Answers the sequence number that every peer must have confirmed
  /// before the join is complete (join_barrier).
  std::uint64_t joined(std::uint64_t room);
  /// A shard has it no longer.
  void left(std::uint64_t room, clock::time_point now);
  /// The same number for a join to a room its shard has already; 0 when the room is unknown.
  std::uint64_t required_sequence(std::uint64_t room) const noexcept;

  /// Changes since the last take, with the removals due at `now`. To be sent to all peers in this
  /// order; nothing when empty.
  interest_deltas take(clock::time_point now);
  /// When the next removal is due; nullopt: none is planned.
  std::optional<clock::time_point> next_removal() const noexcept;

  /// Everything, for a new link. It may be ahead of what was taken: the table on the other side
  /// skips what it knows. One pass over all rooms.
  interest_snapshot snapshot() const;
  /// Call take() before, so that the peers have been told of all it covers.
  interest_digest digest() const noexcept { return {last_, rooms_.size(), sum_}; }

  std::size_t size() const noexcept { return rooms_.size(); }
  std::size_t memory() const noexcept { return rooms_.memory(); }

 private:
  struct entry {
    std::uint32_t shards : 31;  // that have the room; 0: waits for its removal
    std::uint32_t removal_queued : 1;
    std::uint32_t added;  // low half of the sequence number that announced it
  };
  struct removal {
    clock::time_point due;
    std::uint64_t room;
  };
  std::uint64_t full_sequence(std::uint32_t low) const noexcept {
    return last_ - (static_cast<std::uint32_t>(last_) - low);
  }
  void change(std::uint64_t room, bool interested);

  interest_counts_options options_;
  interest_map<entry> rooms_;
  std::deque<removal> removals_;          // by time, each room at most once
  std::vector<interest_change> pending_;  // not taken yet
  std::uint64_t last_ = 0;                // number of the last change
  std::uint64_t sum_ = 0;
};

}  // namespace pushmesh::cluster
