#include "actors/local_sockets.hpp"

#include <algorithm>

#include "actors/cluster_port.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/session_keeper.hpp"
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
    : core_(core), home_(home), ids_(core.tag(), home.index()) {
  if (core.options().recovery.enabled()) keeper_ = std::make_unique<session_keeper>(*this);
}
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
  if (keeper_ && reason == close_reason::server_shutting_down) keeper_->drop_all();
}

local_namespace* local_sockets::find_namespace(std::string_view name) const noexcept {
  const auto found = namespaces_.find(name);
  return found == namespaces_.end() ? nullptr : found->second.get();
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
  if (!ns.members.empty() || ns.joining > 0 || !ns.away.empty()) return;
  if (keeper_ && ns.ring) keeper_->forget(*ns.ring);
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
  hold_room(ns, room);
}

void local_sockets::room_gone(const local_namespace& ns, std::string_view room) {
  counters_.rooms.add(-1);
  release_room(ns, room);
}

void local_sockets::hold_room(const local_namespace& ns, std::string_view room) {
  if (core_.is_local_id(room)) core_.rooms_named_like_ids().fetch_add(1);
  if (auto* const cluster = core_.cluster()) cluster->interest_added(ns.name(), room);
}

void local_sockets::release_room(const local_namespace& ns, std::string_view room) {
  if (core_.is_local_id(room)) core_.rooms_named_like_ids().fetch_sub(1);
  if (auto* const cluster = core_.cluster()) cluster->interest_removed(ns.name(), room);
}

void local_sockets::hold_namespace(const local_namespace& ns) {
  if (auto* const cluster = core_.cluster()) cluster->interest_added(ns.name(), std::nullopt);
}

void local_sockets::release_namespace(const local_namespace& ns) {
  if (auto* const cluster = core_.cluster()) cluster->interest_removed(ns.name(), std::nullopt);
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
  auto* const found = find_namespace(to.nsp);
  if (!found) return;
  auto& ns = *found;
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

bool local_sockets::may_reach(const address& to) const {
  if (keeper_) return true;  // those who are away may come back for it
  const auto found = namespaces_.find(to.nsp);
  if (found == namespaces_.end()) return false;
  const auto& ns = *found->second;
  if (to.everybody) return !ns.members.empty();
  return std::any_of(to.rooms.begin(), to.rooms.end(), [&](const std::string& room) {
    if (ns.rooms.members(room)) return true;
    const auto id = socket_id::parse(room);
    return id && by_id_.find(*id);
  });
}

void local_sockets::emit(const address& to, const net::frame_ref& f) {
  if (keeper_ && f->about().offset) return emit(std::make_shared<const address>(to), f);
  counters_.emits.add();
  walk(to, [&f](membership& m) { m.deliver(f); });
}

void local_sockets::emit(const std::shared_ptr<const address>& all, const net::frame_ref& f) {
  const auto offset = f->about().offset;
  if (!keeper_ || !offset) return emit(*all, f);
  counters_.emits.add();
  const auto to = keeper_->sort_out(all, f);
  auto* const ns = find_namespace(to->nsp);
  if (!ns) return;
  std::size_t reached = 0;
  walk(*to, [&](membership& m) {
    m.deliver(f);
    m.last_offset_ = offset;
    ++reached;
  });
  keeper_->sent(*ns, to, f, reached);
}

void local_sockets::emit_to(membership& m, const address& to, std::string_view event,
                            const payload& args) {
  const auto offset = m.session_ ? core_.next_offset(to) : 0;
  const auto f = core_.frames().event(to, event, args, {}, offset);
  m.deliver(f);
  if (offset) keeper_->sent_to(m, f);
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
  expect_acks(ask(asked, to, f, ack_id), ack_id, terms, std::move(done));
}

void local_sockets::emit_with_acks(const address& to, const net::frame_ref& f, std::uint64_t ack_id,
                                   std::chrono::milliseconds timeout,
                                   const std::shared_ptr<ack_listener>& listener) {
  const auto asked = addressed(to);
  counters_.emits.add();
  if (!may_expect(asked.size())) {
    for (auto* m : asked) m->deliver(f);
    return listener->not_asked();
  }
  auto ids = ask(asked, to, f, ack_id);
  if (ids.empty()) return;
  expect_acks(
      std::move(ids), ack_id, {.timeout = timeout}, [](ack_result) {},
      [this, listener](ack_reply reply) {
        reply.node = core_.name();
        listener->acknowledged(std::move(reply));
      });
}

bool local_sockets::may_expect(std::size_t acks) const {
  return acks_.owed() + acks <= core_.max_pending_acks_per_shard();
}

std::vector<socket_id> local_sockets::ask(const std::vector<membership*>& asked, const address& to,
                                          const net::frame_ref& f, std::uint64_t ack_id) {
  std::vector<socket_id> ids;
  ids.reserve(asked.size());
  for (auto* m : asked) {
    m->deliver(f);
    ids.push_back(m->id());
    m->extra().owed_acks.push_back(ack_id);
  }
  if (auto* const ns = keeper_ ? find_namespace(to.nsp) : nullptr)
    for (const auto& id : keeper_->asked(*ns, to, f, ack_id, ids.size())) ids.push_back(id);
  return ids;
}

void local_sockets::expect_acks(std::vector<socket_id> asked, std::uint64_t ack_id,
                                const ack_terms& terms, ack_table::done_callback done,
                                ack_table::reply_callback each) {
  auto deadline = std::make_unique<ack_deadline>(acks_, ack_id);
  home_.loop().timers().arm(*deadline, home_.loop().now(), terms.timeout);
  ack_deadlines_.emplace(ack_id, std::move(deadline));
  const auto finished = [this, ack_id, done = std::move(done)](ack_result r) {
    for (auto& reply : r.acked) reply.node = core_.name();
    for (const auto& id : r.timed_out) {
      if (auto* m = find(id)) std::erase(m->extra().owed_acks, ack_id);
      if (keeper_) keeper_->settle(id, ack_id);
    }
    if (auto deadline = ack_deadlines_.extract(ack_id)) home_.retire(std::move(deadline.mapped()));
    counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
    done(std::move(r));
  };
  acks_.expect(ack_id, std::move(asked), finished, terms.until_first_loss, std::move(each));
  counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
}

void local_sockets::ack_left(std::uint64_t ack_id, const socket_id& who) {
  acks_.leave(ack_id, who);
  counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
}

void local_sockets::answer(membership& from, std::uint64_t ack_id, std::string_view args,
                           std::span<const binary> attachments) {
  const auto* x = from.extra_if_any();
  if (!x || std::find(x->owed_acks.begin(), x->owed_acks.end(), ack_id) == x->owed_acks.end())
    return;  // not asked, answered already, or too late
  std::erase(from.extra().owed_acks, ack_id);
  payload answered(std::string(args), {attachments.begin(), attachments.end()});
  if (from.session_ && keeper_->answer_elsewhere(from, ack_id, answered)) return;
  acks_.answer(ack_id, from.id(), x->user, std::move(answered));
}

void local_sockets::answer_for(std::uint64_t ack_id, const socket_id& who, std::string_view user,
                               std::optional<payload> args) {
  if (args)
    acks_.answer(ack_id, who, user, *std::move(args));
  else
    acks_.leave(ack_id, who);
  counters_.pending_acks.set(static_cast<std::int64_t>(acks_.owed()));
}

}  // namespace pushmesh::actors
