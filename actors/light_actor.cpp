#include "actors/light_actor.hpp"

#include <caf/detail/sync_request_bouncer.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include "actors/foreign_exit.hpp"

namespace pushmesh::actors {

namespace {

/// A message on its way through the shard's queue. When the queue is closed already, a request
/// gets an error instead of silence.
struct queued_message : shard_job {
  queued_message(caf::actor_control_block* receiver, caf::mailbox_element_ptr element)
      : to(receiver), m(std::move(element)) {}
  ~queued_message() override {
    if (m) caf::detail::sync_request_bouncer{caf::exit_reason::user_shutdown}(*m);
  }
  template <class Actor>
  Actor& receiver() const {
    return *static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(to));
  }
  caf::strong_actor_ptr to;
  caf::mailbox_element_ptr m;
};

}  // namespace

struct light_actor::delivery final : queued_message {
  using queued_message::queued_message;
  void run(shard&) override { receiver<light_actor>().dispatch(std::move(m)); }
};

void light_actor::enqueue(caf::mailbox_element_ptr p, caf::execution_unit*) {
  home_.push(std::make_unique<delivery>(ctrl(), std::move(p)));
}

void light_actor::dispatch(caf::mailbox_element_ptr p) {
  if (getf(is_terminated_flag)) {
    bounce(p, caf::make_error(caf::sec::request_receiver_down));
    return;
  }
  if (is_foreign_exit(*p, home_.system())) return;
  auto* const before = std::exchange(current_element_, p.get());
  const auto& content = p->content();
  if (content.match_elements<caf::exit_msg>())
    on_exit_message(content.get_as<caf::exit_msg>(0).reason);
  else if (!handle_system_message(*p, &home_, false))
    on_message(*p);
  current_element_ = before;
}

struct pinned_actor::delivery final : queued_message {
  using queued_message::queued_message;
  void run(shard& home) override {
    receiver<pinned_actor>().caf::event_based_actor::enqueue(std::move(m), &home);
  }
};

void pinned_actor::enqueue(caf::mailbox_element_ptr p, caf::execution_unit*) {
  if (is_foreign_exit(*p, home_.system())) return;
  home_.push(std::make_unique<delivery>(ctrl(), std::move(p)));
}

}  // namespace pushmesh::actors
