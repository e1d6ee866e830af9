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
  auto elsewhere = [&core, links, id, timeout, done] {
    core.routes().lookup(id, timeout, [links, done](lookup_result r) {
      if (!r.found.empty() && links) return done(links->stand_in(r.found.front().info));
      found_handle none;
      none.nodes_missing = std::move(r.nodes_missing);
      done(std::move(none));
    });
  };
  auto* const home = core.shard_of(id);
  if (!home) return elsewhere();
  const auto look = [&core, home, id, done, elsewhere = std::move(elsewhere)] {
    auto* const m = core.sockets_of(*home).find(id);
    if (m && m->joined()) return done({caf::actor_cast<caf::actor>(&m->owner()), {}, {}});
    core.options().recovery.enabled() ? elsewhere() : done({});
  };
  if (!home->post(look)) done({});
}

}  // namespace pushmesh::cluster
