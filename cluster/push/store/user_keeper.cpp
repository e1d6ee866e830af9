#include "cluster/push/store/user_keeper.hpp"

#include <algorithm>
#include <iterator>

#include "cluster/push/store/user_receipts.hpp"

namespace pushmesh::cluster::push {

namespace {

/// Links do not lose what they took, but they refuse when they are full.
constexpr auto ask_again_after = std::chrono::seconds(1);
/// Users that are looked after in one tick: 10,000 a second, each some messages.
constexpr std::size_t settled_per_tick = 500;

}  // namespace

user_keeper::user_keeper(const store_view& view, const store_options& options, store_port& port,
                         tell_loser tell, user_claimed claimed)
    : view_(view),
      options_(options),
      port_(port),
      tell_(std::move(tell)),
      claimed_(std::move(claimed)),
      messages_(options.limits.message_bytes),
      log_(options.limits.log_entries) {}

const held_user* user_keeper::find(const user_id& user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? nullptr : &found->second;
}

held_user* user_keeper::get(const user_id& user) {
  return const_cast<held_user*>(std::as_const(*this).find(user));
}

/// Null: there are too many.
held_user* user_keeper::hold(const user_id& user) {
  if (auto* const h = get(user)) return h;
  if (users_.size() >= options_.limits.users) return nullptr;
  return &users_.emplace(user, held_user(user)).first->second;
}

bool user_keeper::is_claimed(const held_user& h) const noexcept {
  return h.as == role::owner && h.claimed_in >= view_.joined();
}

// ---- operations ---------------------------------------------------------------------------------

void user_keeper::run(const user_id& user, user_operation op, operation_done done) {
  if (view_.place_of(user).owner != view_.self().id) return done(std::nullopt);
  auto* const h = hold(user);
  if (!h) {
    user_outcome full;
    full.error = store_errc::full;
    return done(std::move(full));
  }
  if (is_claimed(*h)) return execute(*h, op, std::move(done));
  h->line.push_back({std::move(op), std::move(done)});
  if (h->as != role::claiming) claim(*h);
}

void user_keeper::execute(held_user& h, const user_operation& op, operation_done done) {
  user_changes changes;
  drop_lost_devices(h, changes);
  read_log(h, changes);
  auto given = op;
  user_outcome outcome;
  if (given.payload) {
    auto kept = messages_.put(*given.payload);
    if (kept)
      given.payload = *kept;
    else
      outcome.error = kept.error();
  }
  if (!outcome.error)
    outcome =
        carry_out(h.known.record, given, options_.devices, options_.limits, port_.now(), changes);
  written(h, changes);
  h.pending.push_back({h.known.head.state.version, std::move(outcome), std::move(done)});
  answer(h);
}

void user_keeper::drop_lost_devices(held_user& h, user_changes& out) {
  if (h.devices_checked == view_.generation()) return;
  h.devices_checked = view_.generation();
  const auto devices = h.known.record.devices();
  for (const auto& d : devices)
    if (!view_.has(d.home)) h.known.record.release(d.socket, out);
}

void user_keeper::read_log(held_user& h, user_changes& out) {
  h.known.record.read_log(log_, options_.limits, port_.now(), out);
}

/// Changes that the record has carried out go to the copy.
void user_keeper::written(held_user& h, const user_changes& changes) {
  if (changes.empty()) return;
  ++h.known.head.state.version;
  auto& receipts = receipts_of(view_.self().id);
  for (const auto& c : changes) note_receipts(receipts, h.known.record.user(), c);
  if (!h.copy_at) return;
  h.asked = port_.now();
  port_.send(*h.copy_at,
             copy_write{h.known.record.user(), {h.known.head.state, {}}, false, changes});
}

/// Answers what is safe: on the copy, or there is nobody to have one.
void user_keeper::answer(held_user& h) {
  const auto safe = h.copy_at ? h.copied : h.known.head.state.version;
  const auto end = std::find_if(h.pending.begin(), h.pending.end(),
                                [safe](const auto& p) { return p.version > safe; });
  std::vector<held_user::unanswered> ready(std::make_move_iterator(h.pending.begin()),
                                           std::make_move_iterator(end));
  h.pending.erase(h.pending.begin(), end);
  if (h.pending.empty()) h.pending.shrink_to_fit();
  const auto user = h.known.record.user();
  // From here on h may be gone: who is answered may ask again.
  for (auto& r : ready) {
    const auto losers = r.outcome.losers;
    if (r.done) r.done(std::move(r.outcome));
    for (const auto& l : losers) tell_(user, l);
  }
}

// ---- the copy -----------------------------------------------------------------------------------

/// Chooses the copy's node by the view, and sends it all.
void user_keeper::copy_whole(held_user& h) {
  user_changes changes;
  read_log(h, changes);
  if (!changes.empty()) {
    ++h.known.head.state.version;
    for (const auto& c : changes)
      note_receipts(receipts_of(view_.self().id), h.known.record.user(), c);
  }
  h.copy_at = view_.place_of(h.known.record.user()).replica;
  // An owner that is not one any more by its view waits for who claims next.
  if (h.copy_at == view_.self().id) h.copy_at = view_.place_of(h.known.record.user()).owner;
  h.copied = 0;
  if (!h.copy_at) return;
  h.asked = port_.now();
  port_.send(*h.copy_at,
             copy_write{h.known.record.user(), h.known.head, true, h.known.record.whole()});
}

user_changes user_keeper::intern(user_changes changes) {
  for (auto& c : changes)
    if (auto* const q = std::get_if<message_queued>(&c)) q->message = messages_.keep(*q->message);
  return changes;
}

void user_keeper::take(const incarnation_id& from, copy_write m) {
  auto* h = get(m.user);
  const auto reply = [&](copy_answer::verdict v) {
    port_.send(from, copy_answer{m.user, m.head.state, v, h ? h->promised : store_epoch{}});
  };
  if (h && h->promised > m.head.state.epoch) return reply(copy_answer::verdict::deposed);
  // What only we know is to be merged first: by another claim.
  if (h && m.whole && h->has_record && !m.head.contains(h->known.head.state))
    return reply(copy_answer::verdict::deposed);
  const bool continues = h && h->has_record && h->as == role::copy &&
                         h->known.head.state.epoch == m.head.state.epoch &&
                         h->known.head.state.version + 1 == m.head.state.version;
  if (!m.whole && !continues) return reply(copy_answer::verdict::gap);
  // Copies are as many as other nodes' users, who are bounded there.
  if (!h) h = &users_.emplace(m.user, held_user(m.user)).first->second;
  if (h->as != role::copy) depose(*h), h = get(m.user);
  auto changes = intern(std::move(m.changes));
  if (m.whole) {
    h->known = {m.head, user_record(m.user)};
    h->has_record = true;
    // The writer's view may be another one than ours: then this copy is one too many in the end.
    unsettled_.emplace_back(port_.now() + ask_again_after, m.user);
  } else {
    for (const auto& c : changes) note_receipts(receipts_of(from), m.user, c);
  }
  h->promised = m.head.state.epoch;
  h->known.head.state = m.head.state;
  for (const auto& c : changes) h->known.record.apply(c);
  reply(copy_answer::verdict::accepted);
}

void user_keeper::take(const incarnation_id& from, copy_answer m) {
  auto* const h = get(m.user);
  if (!h || h->as != role::owner || h->copy_at != from ||
      h->known.head.state.epoch != m.state.epoch)
    return;
  switch (m.what) {
    case copy_answer::verdict::deposed:
      h->promised = std::max(h->promised, m.promised);
      return depose(*h);
    case copy_answer::verdict::gap:
      return copy_whole(*h);
    case copy_answer::verdict::accepted:
      break;
  }
  for (const auto& n : h->holders)
    if (n.first != from) port_.send(n.first, copy_release{m.user, n.second, m.state.epoch});
  h->holders.clear();
  h->copied = std::max(h->copied, m.state.version);
  answer(*h);
}

void user_keeper::take(const incarnation_id&, const copy_release& m) {
  const auto* const h = find(m.user);
  if (h && h->as == role::copy && h->promised <= m.epoch && h->known.head.state == m.state)
    users_.erase(m.user);
}

void user_keeper::take(const incarnation_id& from, const owner_hint& m) {
  if (view_.place_of(m.user).owner != view_.self().id) return;
  auto* const h = hold(m.user);
  if (!h || h->as == role::claiming) return;
  // It may have promised a claim that came to nothing, and refuses ours until there is a higher
  // one.
  const bool covered = m.promised <= h->promised;
  h->promised = std::max(h->promised, m.promised);
  if (!covered || !is_claimed(*h) || !h->known.head.contains(m.state)) return claim(*h);
  const bool safe = !h->copy_at || h->copied == h->known.head.state.version;
  if (safe && h->copy_at != from)
    port_.send(from, copy_release{m.user, m.state, h->known.head.state.epoch});
}

// ---- receipts -----------------------------------------------------------------------------------

receipt_table& user_keeper::receipts_of(const incarnation_id& owner) {
  return receipts_.try_emplace(owner, options_.limits).first->second;
}

const receipt_table* user_keeper::receipts(const incarnation_id& owner) const {
  const auto found = receipts_.find(owner);
  return found == receipts_.end() ? nullptr : &found->second;
}

bool user_keeper::settled_here(const user_id& user, const message_id& id) const {
  return std::any_of(receipts_.begin(), receipts_.end(), [&](const auto& one) {
    const auto* const of = one.second.find(id);
    const auto r = of ? of->find(user) : std::nullopt;
    return r && is_final(r->state);
  });
}

// ---- after changes of the view ------------------------------------------------------------------

void user_keeper::view_changed() {
  unsettled_.clear();
  std::vector<user_id> claiming;
  for (auto& [user, h] : users_) {
    unsettled_.emplace_back(port_.now(), user);
    const bool stuck = h.as == role::owner && !h.pending.empty();
    if (h.as == role::claiming || stuck) claiming.push_back(user);
  }
  for (const auto& user : claiming) {
    auto* const h = get(user);
    if (!h) continue;
    if (view_.place_of(user).owner != view_.self().id && h->as == role::claiming)
      depose(*h);
    else if (h->as == role::claiming || !is_claimed(*h))
      claim(*h);
    else
      copy_whole(*h), answer(*h);
  }
}

void user_keeper::tick() {
  const auto now = port_.now();
  for (auto n = std::min(unsettled_.size(), settled_per_tick); n > 0; --n) {
    if (unsettled_.front().first > now) break;
    const auto user = std::move(unsettled_.front().second);
    unsettled_.pop_front();
    if (!settle(user)) unsettled_.emplace_back(now + ask_again_after, user);
  }
}

/// True: it is where the view wants it.
bool user_keeper::settle(const user_id& user) {
  auto* const h = get(user);
  if (!h) return true;
  const auto place = view_.place_of(user);
  if (place.owner != view_.self().id) {
    if (!h->has_record) return users_.erase(user), true;
    const bool is_copy = h->as == role::copy && place.replica == view_.self().id &&
                         h->known.head.state.epoch.by == place.owner;
    if (is_copy) return true;
    port_.send(place.owner, owner_hint{user, h->known.head.state, h->promised});
    return false;
  }
  if (h->as == role::claiming) {
    if (h->asked + ask_again_after <= port_.now()) ask_again(*h);
    return false;
  }
  if (!is_claimed(*h)) return claim(*h), false;
  const bool copied = h->copy_at == place.replica && h->copied == h->known.head.state.version;
  if (h->copy_at != place.replica ||
      (!copied && h->copy_at && h->asked + ask_again_after <= port_.now()))
    copy_whole(*h);
  const bool safe = !h->copy_at || copied;
  if (safe && h->devices_checked != view_.generation()) {
    user_changes changes;
    drop_lost_devices(*h, changes);
    written(*h, changes);
    return changes.empty();
  }
  answer(*h);
  return safe;
}

}  // namespace pushmesh::cluster::push
