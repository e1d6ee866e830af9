#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster::push {

/// One ownership of a user's record: the claim's number, then who claimed. Of two claims the higher
/// one stands.
struct store_epoch {
  std::uint64_t number = 0;
  incarnation_id by;
  friend auto operator<=>(const store_epoch&, const store_epoch&) = default;
};

/// A state of a record: so many writes within an epoch.
struct record_state {
  store_epoch epoch;
  std::uint64_t version = 0;
  friend auto operator<=>(const record_state&, const record_state&) = default;
};

/// Which states a record was made of, so that an old copy is told from another side's record.
struct record_head {
  record_state state;
  std::vector<record_state> past;  ///< latest first

  /// Ownerships that are remembered: as many as a user sees in some partitions one after the other.
  static constexpr std::size_t max_past = 32;

  /// All of `other` is in here: it is an old copy.
  bool contains(const record_state& other) const noexcept {
    if (other.epoch == state.epoch) return other.version <= state.version;
    for (const auto& p : past)
      if (p.epoch == other.epoch) return other.version <= p.version;
    // Behind what is remembered all counts as old.
    return past.size() >= max_past && other.epoch < past.back().epoch;
  }
};

}  // namespace pushmesh::cluster::push
