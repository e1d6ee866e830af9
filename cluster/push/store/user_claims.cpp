// The part of user_keeper by which a node becomes the owner of a user, or ceases to be.
#include <algorithm>

#include "cluster/push/store/user_keeper.hpp"

namespace pushmesh::cluster::push {

namespace {

/// Of the record that a claim makes.
constexpr std::uint64_t first_version = 1;

}  // namespace

void user_keeper::claim(held_user& h) {
  if (h.as == role::owner)
    // What was carried out and is not on the copy yet is in the record: safe when that is.
    for (auto& p : h.pending) p.version = first_version;
  h.as = role::claiming;
  // Above all it has seen, and never twice: it may have forgotten a user of whom others know.
  last_claim_ = std::max({last_claim_, h.promised.number, h.known.head.state.epoch.number}) + 1;
  h.promised = {last_claim_, view_.self().id};
  h.claimed_in = view_.generation();
  h.found.clear();
  h.logins = claimed_(h.known.record.user());
  h.awaited.clear();
  for (const auto& n : view_.nodes())
    if (n != view_.self().id) h.awaited.insert(n);
  unsettled_.emplace_back(port_.now() + std::chrono::seconds(1), h.known.record.user());
  if (h.awaited.empty()) return finish_claim(h);
  ask_again(h);
}

void user_keeper::ask_again(held_user& h) {
  h.asked = port_.now();
  for (const auto& n : h.awaited) port_.send(n, claim_request{h.known.record.user(), h.promised});
}

void user_keeper::take(const incarnation_id& from, claim_request m) {
  auto* h = get(m.user);
  claim_answer a{m.user, m.epoch, m.epoch, std::nullopt, {}, {}};
  if (h && h->promised > m.epoch) {
    a.promised = h->promised;
    return port_.send(from, std::move(a));
  }
  a.logins = claimed_(m.user);
  if (h) {
    const bool wrote = h->as == role::owner;
    h->promised = m.epoch;
    if (h->has_record) {
      if (wrote) {
        // The log of who claims may begin later than ours.
        user_changes changes;
        read_log(*h, changes);
        if (!changes.empty()) ++h->known.head.state.version;
      }
      a.head = h->known.head;
      a.record = h->known.record.whole();
    }
    if (h->as != role::copy) depose(*h);
  }
  port_.send(from, std::move(a));
}

void user_keeper::take(const incarnation_id& from, claim_answer m) {
  auto* const h = get(m.user);
  if (!h || h->as != role::claiming || h->promised != m.epoch) return;
  if (m.refused()) {
    h->promised = m.promised;
    return depose(*h);
  }
  if (h->awaited.erase(from) == 0) return;
  h->logins.insert(h->logins.end(), m.logins.begin(), m.logins.end());
  if (m.head) {
    known_record k{*m.head, user_record(m.user)};
    for (const auto& c : intern(std::move(m.record))) k.record.apply(c);
    h->found.push_back(std::move(k));
    h->holders[from] = m.head->state;
  }
  if (h->awaited.empty()) finish_claim(*h);
}

void user_keeper::finish_claim(held_user& h) {
  const auto user = h.known.record.user();
  if (h.has_record) h.found.push_back(std::move(h.known));
  const bool is_new = h.found.empty();
  auto merged = merge(
      user, h.promised, std::move(h.found), options_.devices, options_.limits,
      [&](const online_device& d) {
        return view_.has(d.home) &&
               std::find(h.logins.begin(), h.logins.end(), d.socket) != h.logins.end();
      },
      [&](const message_id& id) { return settled_here(user, id); });
  h.found.clear();
  h.logins.clear();
  h.known = {std::move(merged.head), std::move(merged.record)};
  // Pushes to all reach users that are known when they come.
  if (is_new) h.known.record.apply(cursor_moved{log_.end()});
  h.has_record = true;
  h.as = role::owner;
  h.devices_checked = 0;
  copy_whole(h);
  auto line = std::move(h.line);
  h.line.clear();
  for (auto& w : line) execute(h, w.operation, std::move(w.done));
  answer(h);
}

/// Somebody claimed higher. What is not answered is asked again, of him.
void user_keeper::depose(held_user& h) {
  h.as = role::copy;
  h.awaited.clear();
  h.found.clear();
  h.holders.clear();
  h.copy_at.reset();
  auto line = std::move(h.line);
  auto pending = std::move(h.pending);
  h.line.clear();
  h.pending.clear();
  unsettled_.emplace_back(port_.now() + std::chrono::seconds(1), h.known.record.user());
  for (auto& p : pending)
    if (p.done) p.done(std::nullopt);
  for (auto& w : line) w.done(std::nullopt);
}

}  // namespace pushmesh::cluster::push
