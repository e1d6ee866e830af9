#pragma once

#include <caf/actor.hpp>
#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>

#include "actors/shard.hpp"

namespace pushmesh::actors {

/// An actor without a mailbox of its own: its shard's queue is the mailbox, so it costs 240 bytes
/// instead of 1,232 (docs/decisions/0003). Handles one message at a time, on its shard, never
/// re-entrant. Has no behaviour, no delayed messages and no requests of its own.
class light_actor : public caf::local_actor {
 public:
  explicit light_actor(caf::actor_config& cfg)
      : caf::local_actor(cfg), home_(*static_cast<shard*>(cfg.host)) {
    home_.live_actors().fetch_add(1, std::memory_order_relaxed);
  }
  ~light_actor() override { home_.live_actors().fetch_sub(1, std::memory_order_release); }

  void launch(caf::execution_unit*, bool, bool hide) override {
    if (!hide) register_at_system();
  }
  using caf::local_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr p, caf::execution_unit*) override;

 protected:
  shard& home() const noexcept { return home_; }
  /// Handles one message; answers requests through make_response_promise().
  virtual void on_message(caf::mailbox_element& m) = 0;
  /// An exit message of this node; those of other nodes never arrive here.
  virtual void on_exit_message(const caf::error& reason) = 0;

 private:
  struct delivery;
  void dispatch(caf::mailbox_element_ptr p);
  shard& home_;
};

/// A full actor that always runs on its shard's thread, in the order of the shard's queue.
class pinned_actor : public caf::event_based_actor {
 public:
  explicit pinned_actor(caf::actor_config& cfg)
      : caf::event_based_actor(cfg), home_(*static_cast<shard*>(cfg.host)) {
    home_.live_actors().fetch_add(1, std::memory_order_relaxed);
  }
  ~pinned_actor() override { home_.live_actors().fetch_sub(1, std::memory_order_release); }
  using caf::event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr p, caf::execution_unit*) override;

 protected:
  shard& home() const noexcept { return home_; }

 private:
  struct delivery;
  shard& home_;
};

/// Makes an actor that lives on `home`. Hidden: not registered, not awaited by the actor system.
template <class T, class... Args>
caf::actor spawn_on(shard& home, Args&&... args) {
  caf::actor_config cfg{&home};
  cfg.flags |= caf::abstract_actor::is_hidden_flag;
  auto& system = home.system();
  auto handle = caf::make_actor<T, caf::actor>(system.next_actor_id(), system.node(), &system, cfg,
                                               std::forward<Args>(args)...);
  static_cast<T*>(caf::actor_cast<caf::abstract_actor*>(handle))->launch(&home, false, true);
  return handle;
}

/// The object behind a handle from spawn_on<T>.
template <class T>
T& object_of(const caf::actor& handle) {
  return *static_cast<T*>(caf::actor_cast<caf::abstract_actor*>(handle));
}

}  // namespace pushmesh::actors
