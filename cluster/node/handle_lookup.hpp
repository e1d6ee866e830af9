#pragma once

#include <chrono>
#include <functional>

#include "actors/api/ids.hpp"
#include "cluster/node/socket_handle.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

class cluster_node;

/// Finds the actor of a socket: its own on this node, else one that stands in for it. `links` is
/// null where the node runs alone, and outlives the shards. `done` runs once, on a shard's thread.
void find_handle(actors::node_core& core, cluster_node* links, const socket_id& id,
                 std::function<void(found_handle)> done, std::chrono::milliseconds timeout);

}  // namespace pushmesh::cluster
