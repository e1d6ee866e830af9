#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "cluster/node/cluster_options.hpp"

namespace pushmesh::http {

/// What a node knows of its cluster: of its own part, and of each peer under the label `peer`, the
/// name of the node. Clients of the cluster are only counted.
std::vector<prometheus::MetricFamily> cluster_families(const cluster_stats& stats);

}  // namespace pushmesh::http
