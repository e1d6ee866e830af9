#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pushmesh {

/// How a node takes part in a cluster. Without `listen` it runs alone.
struct cluster_options {
  /// HOST:PORT where other nodes reach this one. Off loopback the link needs certificates.
  std::string listen{};
  /// HOST:PORT of other nodes, one of which must be reachable; they tell of the rest. A DNS name
  /// stands for all its addresses.
  std::vector<std::string> peers{};
  /// HOST:PORT under which others can dial this node, where that is not `listen`.
  std::string advertise{};
  /// Nodes of another cluster are refused.
  std::string name = "pushmesh";
  /// PEM files: this node's certificate and key, and the private authority that signed those of
  /// all nodes. All three or none.
  std::string cert{};
  std::string key{};
  std::string ca{};
  /// Accepts a link without certificates off loopback.
  bool insecure = false;
};

/// What is known of one peer that is up.
struct peer_status {
  std::string name;
  std::string address;
  std::string tag;         ///< what the ids of its sockets begin with
  bool suspected = false;  ///< silent for a while, not yet given up
  bool is_client = false;
  std::chrono::milliseconds up_for{0};
  std::chrono::microseconds round_trip{-1};  ///< of the last ping; negative: none yet
  std::size_t queued_bytes = 0, queued_items = 0;
  std::size_t refused_items = 0;     ///< the queue was full
  std::size_t volatile_dropped = 0;  ///< the same, volatile ones
  std::size_t bytes_in = 0, bytes_out = 0, batches_in = 0, batches_out = 0;
  std::chrono::microseconds handler_time{0};  ///< spent on what it sent
  std::size_t watched_sockets = 0;            ///< of this node, for handles that it has
};

/// A node that was a peer and is not up now.
struct gone_peer {
  std::string name;
  bool left = false;  ///< it said goodbye; else the link broke
};

/// What this node knows of its links with nodes of one name, since it started.
struct peer_totals {
  std::string name;
  std::uint64_t links = 0;       ///< made; all but the first are reconnects
  std::uint64_t lost_items = 0;  ///< messages dropped because the link was gone
};

/// A node's part in its cluster, now.
struct cluster_stats {
  std::vector<peer_status> peers;  ///< that are up, clients included
  std::vector<gone_peer> gone;
  std::vector<peer_totals> totals;     ///< of both, clients left out
  std::size_t own_rooms = 0;           ///< told to the peers
  std::size_t remote_rooms = 0;        ///< known of the peers
  std::size_t remote_rooms_bytes = 0;  ///< memory of those
  std::size_t pending_joins = 0;       ///< wait until all peers know their room
  std::uint64_t tls_failures = 0;      ///< connections that came to nothing; 0 without TLS
  std::size_t socket_handles = 0;      ///< to sockets of other nodes: server::find_handle
  // The lease feed: docs/bridge.md.
  std::string bridge_feeder;             ///< the node that feeds this one; empty: none does
  std::vector<std::string> bridge_fed;   ///< the nodes this one feeds
  std::uint64_t bridge_leases = 0;       ///< granted to this node so far
  std::uint64_t bridge_fed_items = 0;    ///< messages sent to nodes that are fed
  std::uint64_t bridge_fed_dropped = 0;  ///< those of them for which there was no room
};

}  // namespace pushmesh
