// The part of session_keeper that hands sessions over between shards, of one node or of two.
#include <algorithm>
#include <atomic>
#include <unordered_set>
#include <utility>

#include "actors/cluster_port.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/addressed_rooms.hpp"
#include "actors/recovery/packet_offset.hpp"
#include "actors/recovery/session_keeper.hpp"
#include "actors/recovery/shard_session_home.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

namespace {

/// Who borrows a session and does not take it over for so long has lost it again.
constexpr auto longest_loan = std::chrono::seconds(10);
/// What was sent here before everybody knew that the session is elsewhere arrives within this time.
constexpr auto straggler_time = std::chrono::seconds(10);

}  // namespace

// ---- where the session was ----------------------------------------------------------------------

std::optional<session_parcel> session_keeper::lend(const session_claim& c, std::string_view nsp) {
  auto* const ns = sockets_.find_namespace(nsp);
  auto* const s = ns ? claim(*ns, c) : nullptr;
  if (!s) return std::nullopt;
  const auto now = clock::now();
  auto& a = *s->away;
  a.lent_until = now + longest_loan;
  session_parcel p;
  p.pid = s->pid;
  p.sid = s->sid;
  p.rooms = a.rooms;
  p.left_own_room = a.left_own_room;
  p.data = a.data;
  p.user = a.user;
  p.last_offset = a.last_offset;
  p.left = std::chrono::duration_cast<std::chrono::milliseconds>(a.end->first - now);
  return p;
}

std::optional<session_rest> session_keeper::release(const socket_id& pid,
                                                    const std::vector<std::uint64_t>& came,
                                                    session_home::straggler late) {
  auto* const s = find(pid);
  if (!s || !s->away || s->away->lent_until <= clock::now()) return std::nullopt;
  auto& ns = *s->away->in;
  if (s->away->events_from < ns.ring->first()) {
    drop(*s);
    return std::nullopt;
  }
  session_rest rest{missed(*s), got_of(*s, came), s->away->owed_acks};
  expire_stragglers();
  stragglers_.push_back(
      {ns.name(), addressed_rooms(*s), std::move(late), clock::now() + straggler_time});
  end_absence(*s);
  settle_elsewhere(*s, rest.owed_acks);
  disown(*s, ns);
  sessions_.erase(s->pid);
  sockets_.drop_if_empty(ns);
  arm();
  return rest;
}

// Acks that were owed to a third place: that one is not told where the session is now.
void session_keeper::settle_elsewhere(session& s, std::vector<std::uint64_t>& owed) {
  for (const auto id : s.foreign_acks) {
    if (std::erase(owed, id) > 0) s.home->answer_ack(id, s.sid, {}, std::nullopt);
  }
}

void session_keeper::pass_on(const address& to, const net::frame_ref& f) {
  for (const auto& x : stragglers_)
    if (x.nsp == to.nsp && x.rooms.reached_by(to)) x.late({f, {}});
}

void session_keeper::expire_stragglers() {
  const auto now = clock::now();
  while (!stragglers_.empty() && stragglers_.front().until <= now) stragglers_.pop_front();
  while (!arrived_.empty() && arrived_.front().until <= now) {
    const auto [first, last] = arrived_offsets_.equal_range(arrived_.front().offset);
    const auto found =
        std::find_if(first, last, [&](const auto& e) { return e.second == arrived_.front().sid; });
    if (found != last) arrived_offsets_.erase(found);
    arrived_.pop_front();
  }
}

// ---- where its client came back -----------------------------------------------------------------

std::vector<std::shared_ptr<session_home>> session_keeper::homes_of(const socket_id& pid,
                                                                    std::string_view nsp) const {
  std::vector<std::shared_ptr<session_home>> homes;
  if (find(pid)) return homes;
  auto& core = sockets_.core();
  auto* const there = core.shard_of(pid);
  if (there && there != &sockets_.home())
    homes.push_back(std::make_shared<shard_session_home>(core, *there, sockets_.home()));
  if (auto* const cluster = core.cluster())
    if (auto home = cluster->recovery_home(pid, nsp, sockets_.home()))
      homes.push_back(std::move(home));
  return homes;
}

void session_keeper::fetch(const session_claim& c, const std::string& nsp,
                           std::vector<std::shared_ptr<session_home>> from,
                           std::function<void(session*)> done) {
  auto& first = *from.front();
  first.lend(c, nsp, [this, c, nsp, from = std::move(from), done = std::move(done)](auto parcel) {
    if (!parcel && from.size() > 1) return fetch(c, nsp, {from.begin() + 1, from.end()}, done);
    auto* const into = parcel ? sockets_.enter_namespace(nsp) : nullptr;
    if (!into || find(c.pid) || sockets_.find(parcel->sid)) {
      sockets_.counters().sessions_refused.add();
      return done(nullptr);
    }
    parcel->pid = c.pid;
    const auto home = from.front();
    install(*parcel, *into, c, home);
    // From the moment everybody knows of its rooms here, what is sent comes here. What was sent
    // before is there, and some of it came here, too: when that has arrived, both can be compared.
    when_known(*find(c.pid), [this, pid = c.pid, home, done] {
      after_emits(sockets_.core().epochs().now(), [this, pid, home, done] {
        home->when_arrived([this, pid, home, done] {
          const auto* const s = find(pid);
          home->release(pid, s ? came(*s) : std::vector<std::uint64_t>(),
                        [this, pid, done](auto rest) { take(pid, rest, done); });
        });
      });
    });
  });
}

std::vector<std::uint64_t> session_keeper::came(const session& s) const {
  std::vector<std::uint64_t> offsets;
  for (const auto& p : missed(s))
    if (const auto offset = p.frame->about().offset) offsets.push_back(offset);
  return offsets;
}

session_keeper::retry::retry(session_keeper& k, std::uint64_t e, std::function<void()> d)
    : timer_node([](timer_node& n) {
        auto& self = static_cast<retry&>(n);
        auto& keeper = self.keeper;
        auto kept = keeper.retries_.extract(&self);
        keeper.after_emits(self.epoch, std::move(self.done));
        keeper.sockets_.home().retire(std::move(kept.mapped()));
      }),
      keeper(k),
      epoch(e),
      done(std::move(d)) {}

void session_keeper::after_emits(std::uint64_t epoch, std::function<void()> done) {
  if (sockets_.core().epochs().over(epoch)) return done();
  auto made = std::make_unique<retry>(*this, epoch, std::move(done));
  auto& loop = sockets_.home().loop();
  loop.timers().arm(*made, loop.now(), std::chrono::milliseconds(1));
  auto* const key = made.get();
  retries_.emplace(key, std::move(made));
}

void session_keeper::take(const socket_id& pid, std::optional<session_rest>& rest,
                          const std::function<void(session*)>& done) {
  auto* s = find(pid);
  if (s && !(rest && complete(*s, *rest))) {
    drop(*s);
    s = nullptr;
  }
  done(s);
}

void session_keeper::install(const session_parcel& p, local_namespace& ns, const session_claim& c,
                             std::shared_ptr<session_home> from) {
  auto made = std::make_unique<session>();
  auto& s = *made;
  s.pid = p.pid;
  s.sid = p.sid;
  s.first = ring_of(ns).next();
  s.adopted = true;
  s.claimed_offset = c.offset;
  s.home = std::move(from);
  sessions_.emplace(p.pid, std::move(made));
  auto& a = *(s.away = std::make_unique<away_state>());
  a.rooms = p.rooms;
  a.left_own_room = p.left_own_room;
  a.data = p.data;
  a.user = p.user;
  a.last_offset = p.last_offset;
  a.left_at = a.events_from = a.acks_from = s.first;
  a.coming = true;
  hold(s, ns, clock::now() + std::max(p.left, std::chrono::milliseconds(longest_loan)));
  // Other nodes send here what is for its id, and whoever claims it next.
  auto& core = sockets_.core();
  for (const auto& id : {s.pid, s.sid}) {
    core.adopt(id, sockets_.home().index());
    if (auto* const cluster = core.cluster()) cluster->interest_added(ns.name(), id.view());
  }
}

void session_keeper::disown(const session& s, const local_namespace& ns) {
  if (!s.adopted) return;
  auto& core = sockets_.core();
  for (const auto& id : {s.pid, s.sid}) {
    core.disown(id, sockets_.home().index());
    if (auto* const cluster = core.cluster()) cluster->interest_removed(ns.name(), id.view());
  }
}

void session_keeper::when_known(session& s, std::function<void()> done) {
  auto* const cluster = sockets_.core().cluster();
  if (!cluster) return done();
  auto rooms = s.away->rooms;
  rooms.push_back(s.sid.str());
  struct countdown {
    std::atomic<std::size_t> open;
    std::function<void()> done;
  };
  const auto left = std::make_shared<countdown>(rooms.size() + 1, std::move(done));
  const auto known = [left, &home = sockets_.home()] {
    if (left->open.fetch_sub(1) == 1) home.post(left->done);
  };
  for (const auto& room : rooms) cluster->when_known(s.away->in->name(), room, known);
  cluster->when_known(s.away->in->name(), std::nullopt, known);
}

bool session_keeper::complete(session& s, session_rest& rest) {
  auto& a = *s.away;
  auto& ring = ring_of(*a.in);
  a.owed_acks.insert(a.owed_acks.end(), rest.owed_acks.begin(), rest.owed_acks.end());
  s.foreign_acks = rest.owed_acks;
  if (s.first < ring.first()) return false;
  if (!settle_backlog(s, put_together(s, rest))) return false;
  s.first = a.left_at = a.events_from = a.acks_from = ring.next();
  a.coming = false;
  return true;
}

// Behind each other: what was missed there, and what arrived here meanwhile and was not seen there.
std::vector<missed_packet> session_keeper::put_together(session& s, session_rest& rest) {
  std::unordered_set<std::uint64_t> seen(rest.had.begin(), rest.had.end());
  for (const auto& p : rest.packets) seen.insert(p.frame->about().offset);
  auto packets = std::move(rest.packets);
  for (auto& p : missed(s))
    if (p.ack_id || seen.insert(p.frame->about().offset).second) packets.push_back(std::move(p));
  return packets;
}

// Most of it stands here, too: then it costs a pointer.
bool session_keeper::settle_backlog(session& s, std::vector<missed_packet> packets) {
  const auto& ring = *s.away->in->ring;
  std::size_t frame_bytes = 0;
  for (auto& p : packets) {
    const auto offset = p.frame->about().offset;
    const auto* const same = offset ? ring.any_of(offset) : nullptr;
    if (same)
      p.frame = same->frame;
    else
      frame_bytes += sizeof(net::frame) + p.frame->bytes().size();
    // What has been here for all does not come once more.
    if (offset && !(same && same->to)) note_arrival(s.sid, offset);
  }
  if (!packets.empty())
    s.backlog = std::make_unique<session_backlog>(backlog_bytes_, std::move(packets), frame_bytes);
  return backlog_bytes_ <= sockets_.core().max_replay_bytes_per_shard() / 2;
}

// The client is still there, so it has answered a ping that was sent behind its backlog.
void session_keeper::release_backlogs(clock::time_point now) {
  for (; !deliveries_.empty() && deliveries_.front().sent + heartbeat_ <= now;
       deliveries_.pop_front())
    if (auto* const s = find(deliveries_.front().pid);
        s && s->live && s->since == deliveries_.front().sent)
      s->backlog = nullptr;
}

std::vector<std::uint64_t> session_keeper::got_of(const session& s,
                                                  const std::vector<std::uint64_t>& offsets) const {
  const auto& a = *s.away;
  std::unordered_set<std::uint64_t> of_backlog;
  if (s.backlog) {
    const auto& brought = s.backlog->packets();
    for (std::size_t i = 0; i < std::min(a.backlog_from, brought.size()); ++i)
      of_backlog.insert(brought[i].frame->about().offset);
  }
  std::vector<std::uint64_t> got;
  for (const auto offset : offsets) {
    const auto at = locate(s, *a.in->ring, offset);
    if (at ? *at < a.events_from : of_backlog.contains(offset)) got.push_back(offset);
  }
  return got;
}

void session_keeper::note_arrival(const socket_id& sid, std::uint64_t offset) {
  arrived_.push_back({offset, sid, clock::now() + straggler_time});
  arrived_offsets_.emplace(offset, sid);
}

bool session_keeper::has_arrived(const socket_id& sid, std::uint64_t offset) const {
  const auto [first, last] = arrived_offsets_.equal_range(offset);
  return std::any_of(first, last, [&](const auto& e) { return e.second == sid; });
}

void session_keeper::late(const socket_id& pid, missed_packet p) {
  auto* const s = find(pid);
  if (!s) return;
  auto& ns = s->live ? s->live->nsp() : *s->away->in;
  const auto offset = p.frame->about().offset;
  const bool was_here = has_arrived(s->sid, offset) || locate(*s, *ns.ring, offset) ||
                        (s->backlog && s->backlog->up_to(offset));
  if (was_here) return;
  if (s->live) {
    s->live->deliver(net::fresh_copy(p.frame));
    s->live->last_offset_ = offset;
  }
  note_arrival(s->sid, offset);
  record(ns, {std::move(p.frame), nullptr, s->sid, p.ack_id, {}});
}

bool session_keeper::answer_elsewhere(membership& m, std::uint64_t ack_id, payload args) {
  auto& s = *m.session_;
  if (std::erase(s.foreign_acks, ack_id) == 0) return false;
  const auto* const x = m.extra_if_any();
  s.home->answer_ack(ack_id, s.sid, x ? std::string_view(x->user) : std::string_view(),
                     std::move(args));
  return true;
}

// What a session that came from elsewhere got already must not reach it again.
std::shared_ptr<const address> session_keeper::without_arrived(
    const std::shared_ptr<const address>& to, std::uint64_t offset) {
  const auto [first, last] = arrived_offsets_.equal_range(offset);
  if (first == last) return to;
  auto less = std::make_shared<address>(*to);
  for (auto at = first; at != last; ++at) less->except.push_back(at->second.str());
  return less;
}

}  // namespace pushmesh::actors
