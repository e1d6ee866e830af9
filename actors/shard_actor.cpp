#include "actors/shard_actor.hpp"

#include <caf/sec.hpp>

#include "actors/local_sockets.hpp"
#include "actors/messages/shard_messages.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

caf::behavior shard_actor::make_behavior() {
  set_default_handler(caf::drop);
  return {
      [this](const shard_emit& x) { sockets_.emit(*x.to, x.frame); },
      [this](const shard_stop&) { quit(); },
      [this](const find_socket& x) -> caf::result<caf::actor> {
        const auto id = socket_id::parse(x.id);
        auto* const m = id ? sockets_.find(*id) : nullptr;
        if (!m || !m->joined()) return caf::make_error(caf::sec::request_receiver_down);
        return caf::actor_cast<caf::actor>(&m->owner());
      },
  };
}

}  // namespace pushmesh::actors
