#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cluster/link/interest_counts.hpp"
#include "cluster/link/join_barrier.hpp"
#include "cluster/link/linked_peer.hpp"

namespace pushmesh::cluster {

/// The rooms of this node, and what the peers were told of them: shards report changes, the gateway
/// publishes what gathered, links report confirmations. Any thread.
class own_interest {
 public:
  using clock = std::chrono::steady_clock;

  /// `wake` is called when there is something to publish, at most once between two publish().
  own_interest(std::uint64_t seed, std::function<void()> wake);

  void added(std::uint64_t room);
  void removed(std::uint64_t room);
  /// Runs `done` when all peers have confirmed the room: at once, or on the thread that brings the
  /// last confirmation. Where too many wait already it runs at once, too.
  void when_known(std::uint64_t room, std::function<void()> done);

  /// Tells all peers what is new. Also due when nothing woke us: removals ripen.
  void publish(clock::time_point now);
  /// Sends all peers the fingerprint of our rooms, and the whole list to those that still lack it.
  void check();

  /// A node that is told of everything from now on: first all rooms, then the changes.
  void add_peer(const peer_ref& peer);
  void remove_peer(link_id link);
  /// It has applied all changes up to `sequence`.
  void confirmed(link_id link, std::uint64_t sequence);
  /// It asks for all rooms again.
  void repair(link_id link);

  std::size_t rooms() const;
  std::size_t pending_joins() const;

 private:
  struct audience {
    peer_ref peer;
    bool owed_snapshot = false;  // its queue had no room for all of it
  };
  void send_snapshot(audience& to);
  void run(const std::vector<join_barrier::join_id>& complete, std::unique_lock<std::mutex>& lock);

  const std::function<void()> wake_;
  mutable std::mutex mutex_;  // of what follows; outboxes are filled under it: one order for all
  interest_counts counts_;
  join_barrier barrier_;
  std::map<link_id, audience> peers_;
  std::unordered_map<join_barrier::join_id, std::function<void()>> joins_;
  join_barrier::join_id last_join_ = 0;
  bool woken_ = false;
};

}  // namespace pushmesh::cluster
