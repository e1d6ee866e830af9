#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/node/server.hpp"

namespace pushmesh::http {

/// What /metrics tells besides the counters.
struct node_facts {
  std::string_view version;  ///< of this build
  std::string_view name;     ///< of the node
  std::string_view node_id;  ///< of this start of it
  std::size_t capacity = 0;  ///< connections the descriptor limit allows
};

/// The counters in Prometheus' text format 0.0.4. Nothing is kept. Of a node that runs alone,
/// `cluster` is nullopt.
std::string metrics_text(const server_stats& stats, const std::optional<cluster_stats>& cluster,
                         const node_facts& facts);

}  // namespace pushmesh::http
