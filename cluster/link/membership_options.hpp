#pragma once

#include <chrono>
#include <cstddef>

#include "cluster/link/backoff.hpp"

namespace pushmesh::cluster {

/// Bounds and times of membership. The times of one attempt add up to what healing may take: see
/// backoff_options::cap.
struct membership_options {
  backoff_options redial;
  /// A probe that is not answered after this has failed.
  std::chrono::milliseconds probe_deadline{1000};
  /// The same for a dial, which a heartbeat tick may cut and which may stand in a queue.
  std::chrono::milliseconds dial_deadline{2000};
  /// From a dialled or accepted link to its hello, and from there to its welcome.
  std::chrono::milliseconds hello_deadline{1000};
  /// How soon somebody who was refused is dialled again, on average twice as often: the other
  /// side may have been restarted with another configuration.
  std::chrono::milliseconds refused_retry{10'000};
  /// How often an address that leads to ourselves is looked at again: it may be somebody else's.
  std::chrono::milliseconds self_retry{60'000};
  /// How often DNS names are looked up.
  std::chrono::milliseconds lookup_interval{10'000};
  /// How often one peer, chosen at random, is told of all others.
  std::chrono::milliseconds gossip_interval{5'000};
  /// Learned targets are forgotten when they led to nobody for this long after they were last told.
  std::chrono::milliseconds forget_never_up{60'000};
  /// The same for those that once led to a peer: a cut may last.
  std::chrono::hours forget_lost{24};
  /// Targets learned from others.
  std::size_t max_learned = 2048;
  /// Addresses one DNS name may have: a configured one, and one that was learned.
  std::size_t max_addresses = 1024;
  std::size_t max_learned_addresses = 16;
  /// Probes, dials and hellos at one time. Each lasts up to 1 s when its peer is behind a black
  /// hole: a lower number delays the living in a large cluster.
  std::size_t max_dials = 512;
  /// Accepted links that have not finished their handshake.
  std::size_t max_handshakes = 1024;
  /// Peers at one time: the slots of interest_table.
  std::size_t max_peers = 1000;
  /// Peers told or read in one gossip message.
  std::size_t max_gossip = 1024;
};

}  // namespace pushmesh::cluster
