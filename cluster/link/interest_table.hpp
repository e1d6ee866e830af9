#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cluster/link/interest.hpp"
#include "cluster/link/interest_map.hpp"
#include "cluster/link/interest_peers.hpp"
#include "cluster/link/interest_sets.hpp"

namespace pushmesh::cluster {

/// Which peers have which rooms: what they told us by snapshots and deltas. Until a peer's part is
/// confirmed current it counts as interested in all, so that no emit is routed past it.
///
/// Per link: add_peer; start_snapshot, add_to_snapshot in parts, finish_snapshot; then apply in
/// order, and check from time to time. What is answered with `repair` needs a new snapshot.
/// A value without lock or thread: who shares it between threads guards it.
class interest_table {
 public:
  /// What a piece of news did.
  enum class outcome {
    current,  ///< known or applied: the peer's part is current
    waiting,  ///< a snapshot is on its way
    repair,   ///< a gap or a difference: ask for a snapshot. Said once, then `waiting`
  };

  /// `seed` is random: see interest_map.
  explicit interest_table(std::uint64_t seed) noexcept : rooms_(seed) {}

  /// A peer came up. nullopt: 1024 peers are known (those swept out of memory still count).
  std::optional<peer_slot> add_peer();
  /// The peer is down: in no answer from now on. Its entries go by sweep(), then its slot is free.
  void remove_peer(peer_slot p);
  /// Frees what removed peers left behind, in slices of some 1/256 of the table. True while there
  /// is more to do.
  bool sweep(std::size_t slices = 1);

  /// The first part of a snapshot follows. Forgets what the peer said before, in one pass over the
  /// table unless this is the first one.
  void start_snapshot(peer_slot p);
  void add_to_snapshot(peer_slot p, std::span<const std::uint64_t> rooms);
  /// That was all. Deltas after digest.sequence follow.
  outcome finish_snapshot(peer_slot p, const interest_digest& digest);
  /// Deltas must not overtake the parts of a snapshot. Those it covers already are skipped.
  outcome apply(peer_slot p, const interest_deltas& deltas);
  /// Compares with what the peer has after the deltas it sent before this.
  outcome check(peer_slot p, const interest_digest& digest);

  bool current(peer_slot p) const noexcept { return peers_[p].phase == phase::current; }
  /// The last change applied: what is confirmed to the peer. 0 while it is not current.
  std::uint64_t confirmed(peer_slot p) const noexcept {
    return current(p) ? peers_[p].digest.sequence : 0;
  }

  /// Peers that may have a socket in one of these rooms. No room: nobody.
  interest_peers interested(std::span<const std::uint64_t> rooms) const noexcept;
  /// The same by names (any range of strings); no room means the whole namespace.
  template <class Rooms>
  interest_peers interested(std::string_view nsp, const Rooms& rooms) const noexcept {
    interest_hash const hash(nsp);
    std::array<std::uint64_t, 32> some;
    std::size_t count = 0;
    interest_peers result;
    for (const auto& room : rooms) {
      some[count++] = hash.room(room);
      if (count < some.size()) continue;
      collect(std::span(some.data(), count), result);
      count = 0;
    }
    if (std::empty(rooms)) some[count++] = hash.whole_namespace();
    collect(std::span(some.data(), count), result);
    return (result |= catch_all_) &= up_;
  }

  /// Rooms known, those of removed peers included until they are swept.
  std::size_t rooms() const noexcept { return rooms_.size(); }
  /// Bytes used.
  std::size_t memory() const noexcept { return rooms_.memory() + sets_.memory() + sizeof *this; }

 private:
  enum class phase : std::uint8_t { free, fresh, stale, receiving, current, gone };
  struct peer {
    enum phase phase = phase::free;
    std::size_t swept = 0;   // segments, when gone
    interest_digest digest;  // of what we have of it
  };
  using map = interest_map<interest_sets::handle>;

  /// Adds those who said that they have one of these rooms.
  void collect(std::span<const std::uint64_t> rooms, interest_peers& into) const noexcept;
  void set_phase(peer_slot p, enum phase next) noexcept;
  void add(peer_slot p, std::uint64_t room);
  void remove(peer_slot p, std::uint64_t room);
  void forget(peer_slot p, std::size_t segment);
  outcome stale(peer_slot p) noexcept;

  map rooms_;
  interest_sets sets_;
  std::vector<peer> peers_;
  interest_peers catch_all_;  // up, not current
  interest_peers up_;
  std::size_t gone_ = 0;  // removed and not swept yet
};

}  // namespace pushmesh::cluster
