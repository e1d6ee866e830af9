#include "actors/local_sockets.hpp"

#include <algorithm>

#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

struct local_sockets::ack_deadline : net::timer_node {
  ack_deadline(ack_table& acks, std::uint64_t id)
      : timer_node([](timer_node& n) {
          auto& self = static_cast<ack_deadline&>(n);
          self.acks.expire(self.ack_id);
        }),
        acks(acks),
        ack_id(id) {}
  ack_table& acks;
  std::uint64_t ack_id;
};

local_sockets::local_sockets(node_core& core, shard& home)
    : core_(core), home_(home), ids_(core.tag(), home.index()) {}
local_sockets::~local_sockets() = default;

void local_sockets::add_connection(socket_actor& a, caf::strong_actor_ptr keep) {
  a.position_ = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(std::move(keep));
  counters_.socket_actors.add(1);
}

void local_sockets::remove_connection(socket_actor& a) {
  auto& slot = connections_[a.position_];
  home_.retire(std::move(slot));  // the actor may be on the stack
  if (&slot != &connections_.back()) {
    slot = std::move(connections_.back());
    static_cast<socket_actor*>(caf::actor_cast<caf::abstract_actor*>(slot))->position_ =
        a.position_;
  }
  connections_.pop_back();
  counters_.socket_actors.add(-1);
}

void local_sockets::close_all(close_reason reason) {
  for (const auto& c : connections_)
    static_cast<socket_actor*>(caf::actor_cast<caf::abstract_actor*>(c))->close(reason);
}

local_namespace* local_sockets::enter_namespace(std::string_view name) {
  if (const auto found = namespaces_.find(name); found != namespaces_.end())
    return found->second.get();
  auto shared = core_.namespaces().find_or_make(name);
  if (!shared) return nullptr;
  auto made = std::make_unique<local_namespace>();
  made->shared = std::move(shared);
  return namespaces_.emplace(std::string(name), std::move(made)).first->second.get();
}

void local_sockets::drop_if_empty(local_namespace& ns) {
  if (!ns.members.empty() || ns.joining > 0) return;
  const auto found = namespaces_.find(ns.name());
  home_.retire(std::move(found->second));  // a handler's socket may still refer to it
  namespaces_.erase(found);
}

void local_sockets::add(membership& m) {
  by_id_.insert(m);
  ++m.nsp().joining;
}

void local_sockets::joined(membership& m) {
  auto& ns = m.nsp();
  --ns.joining;
  m.state_ = membership::state::joined;
  m.position_ = static_cast<std::uint32_t>(ns.members.size());
  ns.members.push_back(&m);
  if (auto* const cluster = ns.members.size() == 1 ? core_.cluster() : nullptr)
    cluster->interest_added(ns.name(), std::nullopt);
  ns.shared->sockets().fetch_add(1, std::memory_order_relaxed);
  counters_.sockets.add(1);
}

void local_sockets::remove(membership& m) {
  auto& ns = m.nsp();
  leave_rooms(m);
  by_id_.erase(m);
  if (m.joined()) {
    auto* const last = ns.members.back();
    ns.members[m.position_] = last;
    last->position_ = m.position_;
    ns.members.pop_back();
    if (auto* const cluster = ns.members.empty() ? core_.cluster() : nullptr)
      cluster->interest_removed(ns.name(), std::nullopt);
    ns.shared->sockets().fetch_sub(1, std::memory_order_relaxed);
    counters_.sockets.add(-1);
  } else {
    --ns.joining;
  }
  m.state_ = membership::state::left;
  if (m.extras_)
    for (const auto id : std::exchange(m.extras_->owed_acks, {})) acks_.leave(id, m.id());
  counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
  if (m.extras_)
    for (const auto& w : std::exchange(m.extras_->watchers, {})) w.gone();
  drop_if_empty(ns);
}

void local_sockets::when_gone(const socket_id& id, std::uint64_t watcher,
                              std::function<void()> gone) {
  if (auto* const m = find(id))
    m->extra().watchers.push_back({watcher, std::move(gone)});
  else
    gone();
}

void local_sockets::forget(const socket_id& id, std::uint64_t watcher) {
  auto* const m = find(id);
  if (m && m->extras_)
    std::erase_if(m->extras_->watchers, [watcher](const auto& w) { return w.id == watcher; });
}

void local_sockets::room_made(const local_namespace& ns, std::string_view room) {
  counters_.rooms.add(1);
  if (core_.is_local_id(room)) core_.rooms_named_like_ids().fetch_add(1);
  if (auto* const cluster = core_.cluster()) cluster->interest_added(ns.name(), room);
}

void local_sockets::room_gone(const local_namespace& ns, std::string_view room) {
  counters_.rooms.add(-1);
  if (core_.is_local_id(room)) core_.rooms_named_like_ids().fetch_sub(1);
  if (auto* const cluster = core_.cluster()) cluster->interest_removed(ns.name(), room);
}

void local_sockets::join(membership& m, std::string_view room) {
  if (!m.present()) return;
  if (room == m.id().view()) {
    m.left_own_room_ = false;
    return;
  }
  if (const auto max = core_.options().max_rooms;
      max > 0 && m.room_count() >= max && !m.nsp().rooms.has(m, room)) {
    if (counters_.rooms_refused.get() == 0)
      core_.log(log_level::warn, "socket " + m.id().str() + " is in " + std::to_string(max) +
                                     " rooms (max_rooms) and joins no more; from now on this is "
                                     "counted only");
    counters_.rooms_refused.add();
    return;
  }
  if (m.nsp().rooms.join(m, room) == room_table::joined::new_room) room_made(m.nsp(), room);
}

void local_sockets::join(membership& m, std::string_view room, std::function<void()> done) {
  join(m, room);
  auto* const cluster = m.present() ? core_.cluster() : nullptr;
  if (!cluster) return done();
  // Often nothing is waited for; then it is complete now, as on a node that runs alone.
  cluster->when_known(m.nsp().name(), room, [this, done = std::move(done)] {
    home_.here() ? done() : void(home_.post(done));
  });
}

void local_sockets::leave(membership& m, std::string_view room) {
  if (room == m.id().view()) m.left_own_room_ = true;
  if (m.nsp().rooms.leave(m, room) == room_table::left::room_removed) room_gone(m.nsp(), room);
}

void local_sockets::leave_rooms(membership& m) {
  m.nsp().rooms.leave_all(m, [&](std::string_view removed) { room_gone(m.nsp(), removed); });
}

/// Calls visit(membership&) once for each socket addressed. `visit` must not change who is where.
template <class F>
void local_sockets::walk(const address& to, F&& visit) {
  const auto found = namespaces_.find(to.nsp);
  if (found == namespaces_.end()) return;
  auto& ns = *found->second;
  if (to.everybody && to.except.empty()) {
    for (auto* m : ns.members) visit(*m);
    return;
  }
  room_table::walk w(ns.rooms);
  const auto own_room = [&](std::string_view name) -> membership* {
    const auto id = socket_id::parse(name);
    auto* const m = id ? by_id_.find(*id) : nullptr;
    return m && &m->nsp() == &ns && !m->left_own_room_ ? m : nullptr;
  };
  for (const auto& name : to.except) {
    w.except_room(name);
    if (auto* m = own_room(name)) w.except(*m);
  }
  if (to.everybody) {
    for (auto* m : ns.members)
      if (w.first_visit(*m)) visit(*m);
    return;
  }
  for (const auto& name : to.rooms) {
    w.visit_room(name, [&](room_member& r) {
      if (auto& m = static_cast<membership&>(r); m.joined()) visit(m);
    });
    if (auto* m = own_room(name); m && m->joined() && w.first_visit(*m)) visit(*m);
  }
}

void local_sockets::emit(const address& to, const net::frame_ref& f) {
  counters_.emits.add();
  walk(to, [&f](membership& m) { m.deliver(f); });
}

std::vector<membership*> local_sockets::addressed(const address& to) {
  std::vector<membership*> all;
  walk(to, [&all](membership& m) { all.push_back(&m); });
  return all;
}

std::vector<socket_info> local_sockets::describe(const address& to) {
  std::vector<socket_info> all;
  walk(to, [&all](membership& m) { all.push_back(m.owner().describe(m)); });
  return all;
}

void local_sockets::emit_with_ack(const address& to, const net::frame_ref& f, std::uint64_t ack_id,
                                  const ack_terms& terms, ack_table::done_callback done) {
  const auto asked = addressed(to);
  if (!may_expect(asked.size())) {
    ack_result refused;
    refused.overloaded = true;
    done(std::move(refused));
    return;
  }
  counters_.emits.add();
  for (auto* m : asked) m->deliver(f);
  expect_acks(asked, ack_id, terms, std::move(done));
}

void local_sockets::emit_with_acks(const address& to, const net::frame_ref& f, std::uint64_t ack_id,
                                   std::chrono::milliseconds timeout,
                                   const std::shared_ptr<ack_listener>& listener) {
  const auto asked = addressed(to);
  counters_.emits.add();
  for (auto* m : asked) m->deliver(f);
  if (asked.empty()) return;
  if (!may_expect(asked.size())) return listener->not_asked();
  expect_acks(
      asked, ack_id, {.timeout = timeout}, [](ack_result) {},
      [this, listener](ack_reply reply) {
        reply.node = core_.name();
        listener->acknowledged(std::move(reply));
      });
}

bool local_sockets::may_expect(std::size_t acks) const {
  return acks_.owed() + acks <= core_.max_pending_acks_per_shard();
}

void local_sockets::expect_acks(const std::vector<membership*>& asked, std::uint64_t ack_id,
                                const ack_terms& terms, ack_table::done_callback done,
                                ack_table::reply_callback each) {
  std::vector<socket_id> ids;
  ids.reserve(asked.size());
  for (auto* m : asked) {
    ids.push_back(m->id());
    m->extra().owed_acks.push_back(ack_id);
  }
  auto deadline = std::make_unique<ack_deadline>(acks_, ack_id);
  home_.loop().timers().arm(*deadline, home_.loop().now(), terms.timeout);
  ack_deadlines_.emplace(ack_id, std::move(deadline));
  const auto finished = [this, ack_id, done = std::move(done)](ack_result r) {
    for (auto& reply : r.acked) reply.node = core_.name();
    for (const auto& id : r.timed_out)
      if (auto* m = find(id)) std::erase(m->extra().owed_acks, ack_id);
    if (auto deadline = ack_deadlines_.extract(ack_id)) home_.retire(std::move(deadline.mapped()));
    counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
    done(std::move(r));
  };
  acks_.expect(ack_id, std::move(ids), finished, terms.until_first_loss, std::move(each));
  counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
}

void local_sockets::answer(membership& from, std::uint64_t ack_id, std::string_view args,
                           std::span<const binary> attachments) {
  const auto* x = from.extra_if_any();
  if (!x || std::find(x->owed_acks.begin(), x->owed_acks.end(), ack_id) == x->owed_acks.end())
    return;  // not asked, answered already, or too late
  std::erase(from.extra().owed_acks, ack_id);
  acks_.answer(ack_id, from.id(), x->user,
               payload(std::string(args), {attachments.begin(), attachments.end()}));
}

}  // namespace pushmesh::actors
