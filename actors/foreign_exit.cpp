#include "actors/foreign_exit.hpp"

#include <caf/system_messages.hpp>

namespace pushmesh::actors {

bool is_foreign_exit(const caf::mailbox_element& m, caf::actor_system& system) {
  if (!m.content().match_elements<caf::exit_msg>()) return false;
  return !m.sender || m.sender->node() != system.node();
}

}  // namespace pushmesh::actors
