#pragma once

namespace caf {
class actor_system_config;
}

namespace pushmesh::cluster {

/// Makes CAF draw its node id at random. Its own is a hash of the machine and the process number:
/// two containers may have the same, and a restarted one has its predecessor's, whose handles would
/// then reach the wrong actors. After the middleman was loaded.
void use_random_node_id(caf::actor_system_config& config);

}  // namespace pushmesh::cluster
