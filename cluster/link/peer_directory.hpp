#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/address.hpp"
#include "actors/api/ids.hpp"
#include "cluster/link/interest_table.hpp"
#include "cluster/link/linked_peer.hpp"

namespace pushmesh::cluster {

/// The nodes that are up and the rooms they have: which of them an address concerns. Looked at by
/// every emit, from all threads; changed by the links.
class peer_directory {
 public:
  explicit peer_directory(std::uint64_t seed) : rooms_(seed) {}

  /// False: no slot is free.
  bool add(const peer_ref& peer);
  void remove(link_id link);
  /// We told sockets of this peer to join these rooms. It tells of them by itself, but what is
  /// emitted to them until then must not be routed past it: for a while it counts as having them.
  /// Beyond 65,536 such rooms nothing more is noted.
  void expect(const peer_ref& peer, std::string_view nsp, const std::vector<std::string>& rooms);
  /// Frees what removed peers left behind, a slice at a time, and expectations that are old. Call
  /// regularly.
  void sweep();

  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }
  /// The nodes that may have a receiver, each once.
  std::vector<peer_ref> concerned(const actors::address& to) const;
  /// The node whose sockets have this tag; null when it is not up.
  peer_ref by_tag(std::string_view tag) const;
  peer_ref by_name(std::string_view name) const;
  std::vector<peer_ref> all() const;

  /// What a link brings: see interest_table. A link that was removed changes nothing.
  interest_table::outcome snapshot(link_id link, const interest_digest& whole, std::uint64_t offset,
                                   std::span<const std::uint64_t> rooms);
  interest_table::outcome apply(link_id link, const interest_deltas& deltas);
  interest_table::outcome check(link_id link, const interest_digest& digest);
  /// The last change applied; 0 while a snapshot is missing.
  std::uint64_t confirmed(link_id link) const;
  bool current(link_id link) const;

  /// Rooms that peers are expected to have, for tests.
  std::size_t expectations() const;
  std::size_t rooms() const;
  std::size_t memory() const;

 private:
  using clock = std::chrono::steady_clock;
  struct entry {
    peer_ref peer;
    peer_slot slot;
  };
  struct expectation {
    link_id link;
    clock::time_point until;
  };
  const entry* find(link_id link) const;

  mutable std::shared_mutex mutex_;  // of what follows
  interest_table rooms_;
  std::map<link_id, entry> peers_;
  std::vector<peer_ref> by_slot_;
  std::unordered_multimap<std::uint64_t, expectation> expected_;  // by room
  std::atomic<std::size_t> count_{0};
};

}  // namespace pushmesh::cluster
