#pragma once

#include "cluster/node/main/cluster_command.hpp"

namespace pushmesh::program {

/// `pushmesh nodes`: the nodes that are up, as the one that is asked sees them. Returns 0, 1, 64,
/// 69 or 78.
int run_nodes(const cluster_flags& flags);

}  // namespace pushmesh::program
