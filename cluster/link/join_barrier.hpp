#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace pushmesh::cluster {

/// Which joins wait for which peers. A join tells the other nodes of new interest by a delta with
/// a sequence number; it is complete when every peer that is up has confirmed that number or is
/// down. Then nobody who publishes afterwards, on whatever node, is routed past it.
///
/// The caller names joins and peers by numbers of its own and gets back the joins that are
/// complete. Pure; bounded by `max_pending`. Confirming costs O(1) unless the slowest peer
/// advances, then O(peers).
class join_barrier {
 public:
  using join_id = std::uint64_t;
  using peer_id = std::uint64_t;
  enum class added {
    complete,  ///< nothing to wait for
    waiting,
    full,  ///< `max_pending` joins wait already: not added
  };

  /// By default some 100 bytes each: 6.5 MB when full.
  explicit join_barrier(std::size_t max_pending = 65'536) : max_pending_(max_pending) {}

  /// A join that needs the delta `sequence` (interest_counts::required_sequence).
  added add(join_id id, std::uint64_t sequence);

  /// A link came up, and `snapshot_sequence` is the first the peer is told: the snapshot holds
  /// every delta up to it. Until the peer has applied that it counts us as interested in all, so
  /// that older joins need not wait for it. Each link has a number of its own, also to the same
  /// node.
  void peer_up(peer_id peer, std::uint64_t snapshot_sequence);
  /// The peer has applied all deltas up to `sequence`. Answers the joins completed by that, in
  /// the order of their sequence numbers. Unknown peers and old numbers change nothing.
  std::vector<join_id> confirmed(peer_id peer, std::uint64_t sequence);
  /// The peer is down: nobody waits for it any longer.
  std::vector<join_id> peer_down(peer_id peer);

  std::size_t pending() const noexcept { return waiting_.size(); }
  std::size_t peers() const noexcept { return confirmed_.size(); }

 private:
  bool complete(std::uint64_t sequence) const noexcept {
    return confirmed_.empty() || sequence <= floor_;
  }
  void find_floor();
  std::vector<join_id> release();

  std::size_t max_pending_;
  std::multimap<std::uint64_t, join_id> waiting_;  // by sequence
  std::map<peer_id, std::uint64_t> confirmed_;     // peers that are up
  std::uint64_t floor_ = 0;                        // the lowest of them
  std::size_t at_floor_ = 0;                       // how many have it
};

}  // namespace pushmesh::cluster
