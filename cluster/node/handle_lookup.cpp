#include "cluster/node/handle_lookup.hpp"

#include <caf/actor_cast.hpp>
#include <utility>

#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"
#include "cluster/node/cluster_node.hpp"

namespace pushmesh::cluster {

void find_handle(actors::node_core& core, cluster_node* links, const socket_id& id,
                 std::function<void(found_handle)> done, std::chrono::milliseconds timeout) {
  if (auto* const home = core.shard_of(id)) {
    const auto look = [&core, home, id, done] {
      auto* const m = core.sockets_of(*home).find(id);
      const auto there = m != nullptr && m->joined();
      done({there ? caf::actor_cast<caf::actor>(&m->owner()) : nullptr, {}, {}});
    };
    if (!home->post(look)) done({});
    return;
  }
  core.routes().lookup(id, timeout, [links, done = std::move(done)](lookup_result r) {
    if (!r.found.empty() && links) return done(links->stand_in(r.found.front().info));
    found_handle none;
    none.nodes_missing = std::move(r.nodes_missing);
    done(std::move(none));
  });
}

}  // namespace pushmesh::cluster
