#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "cluster/link/membership_actions.hpp"
#include "cluster/link/peer_identity.hpp"
#include "cluster/link/peer_outbox.hpp"

namespace pushmesh::cluster {

/// A peer that is up, by one link. Shared by all who send to it; still valid, but refusing
/// everything, when the link is gone.
struct linked_peer {
  link_id link = 0;
  peer_identity identity;
  std::shared_ptr<peer_outbox> outbox;
  std::chrono::steady_clock::time_point since;

  // Written by the link, read by metrics.
  std::atomic<std::int64_t> round_trip_us{-1};  ///< of the last ping; -1: none yet
  std::atomic<std::uint64_t> batches_in{0};
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> batches_out{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::int64_t> handler_us{0};  ///< time spent on its batches
  std::atomic<std::size_t> watches{0};      ///< sockets of this node whose end it wants to know
  std::atomic<bool> suspected{false};

  bool is_node() const noexcept { return identity.role == peer_role::node; }
  const std::string& name() const noexcept { return identity.name; }
};
using peer_ref = std::shared_ptr<linked_peer>;

}  // namespace pushmesh::cluster
