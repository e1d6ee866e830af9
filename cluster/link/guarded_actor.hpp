#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <utility>

#include "actors/foreign_exit.hpp"

namespace pushmesh::cluster {

/// An actor whose handle other nodes have: exit messages of theirs do not reach it.
class guarded_actor : public caf::event_based_actor {
 public:
  explicit guarded_actor(caf::actor_config& cfg) : caf::event_based_actor(cfg) {}
  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr p, caf::execution_unit* host) override {
    if (!actors::is_foreign_exit(*p, home_system()))
      caf::event_based_actor::enqueue(std::move(p), host);
  }

 protected:
  /// True when the message at hand comes from another node.
  bool from_outside() {
    return current_sender() && current_sender()->node() != home_system().node();
  }
};

}  // namespace pushmesh::cluster
