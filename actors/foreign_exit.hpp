#pragma once

#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>

namespace pushmesh::actors {

/// True for an exit message that no actor of this node sent. Nobody out there may end our actors,
/// and an anonymous one may come from anywhere: its `source` names the receiver itself.
bool is_foreign_exit(const caf::mailbox_element& m, caf::actor_system& system);

}  // namespace pushmesh::actors
