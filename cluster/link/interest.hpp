#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

/// What nodes tell each other of the rooms they have. A room of a namespace is a 64-bit hash, the
/// same on every node; two rooms with one hash cost a superfluous delivery, never a lost one: the
/// node that gets it looks the room up by name.
namespace pushmesh::cluster {

/// FNV-1a with 64 bits, continued from `state`.
constexpr std::uint64_t fnv1a(std::string_view text,
                              std::uint64_t state = 0xcbf29ce484222325ull) noexcept {
  for (const char c : text) {
    state ^= static_cast<unsigned char>(c);
    state *= 0x100000001b3ull;
  }
  return state;
}

/// The interest hashes of one namespace; never 0. Part of the wire format: frozen by a test.
/// Between namespace and room stands a byte that UTF-8 never has, and another one for the whole
/// namespace.
class interest_hash {
 public:
  constexpr explicit interest_hash(std::string_view nsp) noexcept : state_(fnv1a(nsp)) {}
  constexpr std::uint64_t room(std::string_view name) const noexcept {
    return nonzero(fnv1a(name, fnv1a("\xff", state_)));
  }
  /// "Some socket of the namespace": where emits without rooms go.
  constexpr std::uint64_t whole_namespace() const noexcept {
    return nonzero(fnv1a("\xfe", state_));
  }

 private:
  static constexpr std::uint64_t nonzero(std::uint64_t h) noexcept { return h == 0 ? 1 : h; }
  std::uint64_t state_;
};

/// Sockets of the node with this tag are found by their ids: their own rooms, and rooms that are
/// named like ids of this node, are never announced. Such names of other nodes are rooms like any.
constexpr bool announced(std::string_view room, std::string_view own_tag) noexcept {
  return room.size() != 20 || !room.starts_with(own_tag);
}

struct interest_change {
  std::uint64_t room = 0;
  bool interested = false;
  friend bool operator==(const interest_change&, const interest_change&) = default;
};

/// Consecutive changes; the first has the number `first_sequence`, each further one 1 more. The
/// numbers of one incarnation begin at 1 and are the same for all its peers.
struct interest_deltas {
  std::uint64_t first_sequence = 1;
  std::vector<interest_change> changes;
  std::uint64_t last_sequence() const noexcept { return first_sequence + changes.size() - 1; }
};

/// Fingerprint of all rooms after the change `sequence`.
struct interest_digest {
  std::uint64_t sequence = 0;
  std::uint64_t rooms = 0;
  std::uint64_t sum = 0;  ///< of interest_mix of each
  friend bool operator==(const interest_digest&, const interest_digest&) = default;
};

/// All rooms after the change `digest.sequence`, in no order.
struct interest_snapshot {
  interest_digest digest;
  std::vector<std::uint64_t> rooms;
};

/// Spreads a hash over all 64 bits (the finalizer of MurmurHash3). A bijection.
constexpr std::uint64_t interest_mix(std::uint64_t h) noexcept {
  h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
  h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
  return h ^ h >> 33;
}

}  // namespace pushmesh::cluster
