#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "cluster/link/membership_routes.hpp"
#include "cluster/node/cluster_options.hpp"
#include "cluster/node/component_health.hpp"

namespace pushmesh {

namespace net {
class outbound_budget;
}

/// What each part of a node says about itself, for /readyz?verbose.

struct open_connections {
  std::int64_t sessions;   // of this node, wherever their clients are connected
  std::int64_t tunnels;    // of clients here, to sessions of other nodes
  std::size_t most_taken;  // of the places for descriptors, or of those for sessions that polled
  std::size_t max;         // 0: unbounded
};
component_health health_of_connections(const open_connections& open);
component_health health_of_memory(const net::outbound_budget& budget);
/// `about`: one line about the certificate in use, which ends at `end`.
component_health health_of_certificate(std::string about, std::time_t end);
component_health health_of_cluster(
    const cluster_stats& stats, const std::vector<cluster::membership_routes::route_view>& routes);

}  // namespace pushmesh
