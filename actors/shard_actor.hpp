#pragma once

#include <memory>

#include "actors/light_actor.hpp"

namespace pushmesh::actors {

class local_sockets;

/// The address of a shard in the actor world: what other actors of the node, the links first of
/// all, send emits and look-ups to. A full actor, because it makes requests of its own.
class shard_actor final : public pinned_actor {
 public:
  shard_actor(caf::actor_config& cfg, local_sockets& sockets)
      : pinned_actor(cfg), sockets_(sockets) {}
  const char* name() const override { return "pushmesh.shard"; }

 protected:
  caf::behavior make_behavior() override;

 private:
  local_sockets& sockets_;
};

}  // namespace pushmesh::actors
