#include "actors/recovery/session_keeper.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

#include "actors/api/json_value.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/addressed_rooms.hpp"
#include "actors/recovery/packet_offset.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh::actors {

namespace {

/// A claim to a socket whose client seems to be there is the second of two at once, unless it has
/// been there for so long: then its connection is dead and we have not noticed.
constexpr auto takeover_after = std::chrono::seconds(2);
constexpr auto shortest_wait = std::chrono::milliseconds(100);

struct claim_fields {
  std::optional<std::string> pid, offset;
};

template <class Fields>
void json_fields(Fields& f, claim_fields& c) {
  f("pid", c.pid);
  f("offset", c.offset);
}

bool comes_back_after(close_reason reason) noexcept {
  switch (reason) {
    case close_reason::server_shutting_down:
    case close_reason::ping_timeout:
    case close_reason::transport_close:
    case close_reason::transport_error:
    case close_reason::forced_close:
    case close_reason::forced_server_close:
    case close_reason::slow_consumer:
    case close_reason::node_overloaded:
      return true;
    default:
      return false;
  }
}

std::chrono::milliseconds heartbeat_of(const local_sockets& sockets) {
  const auto& transport = sockets.home().loop().options();
  return transport.ping_interval + transport.ping_timeout;
}

}  // namespace

std::optional<session_claim> read_claim(std::string_view connect_payload) {
  if (connect_payload.find("\"pid\"") == connect_payload.npos) return std::nullopt;
  auto fields = try_from_json<claim_fields>(connect_payload);
  const auto pid = fields && fields->pid ? socket_id::parse(*fields->pid) : std::nullopt;
  if (!pid) return std::nullopt;
  return session_claim{*pid, std::move(fields->offset)};
}

struct session_keeper::deadline : net::timer_node {
  explicit deadline(session_keeper& k)
      : timer_node([](timer_node& n) { static_cast<deadline&>(n).keeper.expire(); }), keeper(k) {}
  session_keeper& keeper;
  clock::time_point due{};
};

session_keeper::session_keeper(local_sockets& sockets)
    : sockets_(sockets),
      heartbeat_(heartbeat_of(sockets)),
      memory_(sockets.core().options().recovery.max_disconnection_duration + heartbeat_),
      deadline_(std::make_unique<deadline>(*this)) {}

session_keeper::~session_keeper() = default;

session* session_keeper::find(const socket_id& pid) const {
  const auto found = sessions_.find(pid);
  return found == sessions_.end() ? nullptr : found->second.get();
}

bool session_keeper::skips_middlewares() const noexcept {
  return sockets_.core().options().recovery.skip_middlewares;
}

replay_ring& session_keeper::ring_of(local_namespace& ns) {
  if (!ns.ring) ns.ring = std::make_shared<replay_ring>();
  return *ns.ring;
}

const socket_id& session_keeper::open(membership& m) {
  auto made = std::make_unique<session>();
  made->pid = sockets_.new_id();
  made->sid = m.id();
  made->first = ring_of(m.nsp()).next();
  made->since = clock::now();
  made->live = &m;
  m.session_ = made.get();
  const auto pid = made->pid;
  return sessions_.emplace(pid, std::move(made)).first->second->pid;
}

void session_keeper::leave(membership& m, close_reason reason) {
  auto* const s = std::exchange(m.session_, nullptr);
  if (!s) return;
  s->live = nullptr;
  const auto most = sockets_.core().options().recovery.max_sessions /
                    std::max<std::size_t>(sockets_.core().shards().size(), 1);
  if (!comes_back_after(reason) || sockets_.core().shutting_down() || most == 0)
    return end(*s, m.nsp());
  keep(*s, m);
  while (away_.size() > most) drop(*by_end_.begin()->second);
}

/// It is over. Its rooms were given up.
void session_keeper::end(session& s, local_namespace& ns) {
  disown(s, ns);
  for (const auto id : s.foreign_acks) s.home->answer_ack(id, s.sid, {}, std::nullopt);
  sessions_.erase(s.pid);
}

void session_keeper::keep(session& s, membership& m) {
  auto a = std::make_unique<away_state>();
  a->left_at = ring_of(m.nsp()).next();
  a->last_offset = m.last_offset_;
  a->rooms = m.room_names();
  a->left_own_room = m.left_own_room_;
  if (const auto* x = m.extra_if_any()) {
    a->data = x->data;
    a->user = x->user;
    a->owed_acks = std::exchange(m.extra().owed_acks, {});
  }
  s.away = std::move(a);
  hold(s, m.nsp(), clock::now() + sockets_.core().options().recovery.max_disconnection_duration);
}

void session_keeper::hold(session& s, local_namespace& ns, clock::time_point end) {
  auto& a = *s.away;
  a.in = &ns;
  a.index = static_cast<std::uint32_t>(ns.away.size());
  ns.away.push_back(&s);
  a.end = by_end_.emplace(end, &s);
  away_.emplace(s.sid, &s);
  // Other nodes go on sending what is for its rooms.
  for (const auto& room : a.rooms) sockets_.hold_room(ns, room);
  sockets_.hold_namespace(ns);
  count();
  arm();
}

void session_keeper::end_absence(session& s) {
  const auto a = std::move(s.away);
  auto& others = a->in->away;
  others[a->index] = others.back();
  if (others[a->index] != &s) others[a->index]->away->index = a->index;
  others.pop_back();
  by_end_.erase(a->end);
  away_.erase(s.sid);
  for (const auto& room : a->rooms) sockets_.release_room(*a->in, room);
  sockets_.release_namespace(*a->in);
  count();
}

void session_keeper::drop(session& s) {
  auto& ns = *s.away->in;
  const auto owed = std::move(s.away->owed_acks);
  if (auto* const m = s.away->claimant) {
    m->session_ = nullptr;
    m->owner().close(close_reason::forced_server_close);
  }
  const auto sid = s.sid;
  end_absence(s);
  end(s, ns);
  sockets_.counters().sessions_lost.add();
  sockets_.drop_if_empty(ns);
  for (const auto id : owed) sockets_.ack_left(id, sid);
}

void session_keeper::drop_all() {
  while (!by_end_.empty()) drop(*by_end_.begin()->second);
}

void session_keeper::forget(replay_ring& ring) {
  memory_.close(ring);
}

void session_keeper::expire() {
  const auto now = clock::now();
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    auto& s = *by_end_.begin()->second;
    if (!s.away->claimant && !s.away->coming && s.away->lent_until <= now) {
      drop(s);
      continue;
    }
    by_end_.erase(s.away->end);  // its middlewares take their time
    s.away->end = by_end_.emplace(now + std::chrono::seconds(1), &s);
  }
  memory_.expire(now);
  expire_stragglers();
  release_backlogs(now);
  count();
  arm();
}

void session_keeper::arm() {
  auto due = memory_.next_due();
  if (!by_end_.empty()) due = std::min(due, by_end_.begin()->first);
  if (!stragglers_.empty()) due = std::min(due, stragglers_.front().until);
  if (!arrived_.empty()) due = std::min(due, arrived_.front().until);
  if (!deliveries_.empty()) due = std::min(due, deliveries_.front().sent + heartbeat_);
  if (due == clock::time_point::max()) return;
  if (deadline_->armed() && deadline_->due <= due) return;
  deadline_->due = due;
  auto& loop = sockets_.home().loop();
  const auto wait =
      std::chrono::duration_cast<std::chrono::milliseconds>(due - clock::now()) + shortest_wait;
  loop.timers().arm(*deadline_, loop.now(), std::max(wait, shortest_wait));
}

void session_keeper::count() {
  auto& c = sockets_.counters();
  c.sessions_away.set(static_cast<std::int64_t>(away_.size()));
  c.replay_bytes.set(static_cast<std::int64_t>(memory_.bytes() + backlog_bytes_));
}

// ---- what is sent -------------------------------------------------------------------------------

void session_keeper::record(local_namespace& ns, replay_record r) {
  r.at = sockets_.home().loop().now();
  net::count_as_kept(r.frame);
  ring_of(ns);
  const auto most = sockets_.core().max_replay_bytes_per_shard();
  memory_.add(ns.ring, std::move(r), most - std::min(most, backlog_bytes_));
  sockets_.counters().replay_bytes.set(static_cast<std::int64_t>(memory_.bytes() + backlog_bytes_));
  arm();
}

void session_keeper::sent(local_namespace& ns, const std::shared_ptr<const address>& to,
                          const net::frame_ref& f, std::size_t reached) {
  if (reached > 0 || !ns.away.empty()) record(ns, {f, to, {}, {}, {}});
}

void session_keeper::sent_to(membership& m, const net::frame_ref& f) {
  m.last_offset_ = f->about().offset;
  record(m.nsp(), {f, nullptr, m.id(), {}, {}});
}

std::vector<socket_id> session_keeper::asked(local_namespace& ns, const address& to,
                                             const net::frame_ref& f, std::uint64_t ack_id,
                                             std::size_t reached) {
  std::vector<socket_id> owing;
  for (auto* s : ns.away) {
    // One that is lent is asked where it is going to be.
    const bool lent = s->away->lent_until > clock::now() && !s->away->coming;
    if (lent || !addressed_rooms(*s).reached_by(to)) continue;
    s->away->owed_acks.push_back(ack_id);
    owing.push_back(s->sid);
  }
  if (reached > 0 || !owing.empty()) record(ns, {f, nullptr, {}, ack_id, {}});
  return owing;
}

void session_keeper::settle(const socket_id& sid, std::uint64_t ack_id) {
  if (const auto found = away_.find(sid); found != away_.end())
    std::erase(found->second->away->owed_acks, ack_id);
}

// ---- coming back --------------------------------------------------------------------------------

session* session_keeper::claim(const local_namespace& ns, const session_claim& c) {
  auto* s = find(c.pid);
  if (s && s->live && &s->live->nsp() == &ns && clock::now() - s->since >= takeover_after) {
    s->live->owner().displaced(*s->live);
    s = find(c.pid);
  }
  const bool usable = s && s->away && s->away->in == &ns && !s->away->claimant &&
                      !s->away->coming && s->away->lent_until <= clock::now();
  if (usable && find_range(*s, c.offset)) return s;
  sockets_.counters().sessions_refused.add();
  return nullptr;
}

// Where the replay begins. What was not kept long enough may have been for this socket: then false.
std::optional<std::uint64_t> session_keeper::locate(const session& s, const replay_ring& ring,
                                                    std::uint64_t offset) {
  // Before it came from elsewhere, the same packet may have come here on its own.
  return ring.find(offset, s.sid, s.adopted ? s.first : 0);
}

bool session_keeper::find_range(session& s, const std::optional<std::string>& offset) {
  auto& a = *s.away;
  const auto& ring = *a.in->ring;
  const auto given = offset ? parse_packet_offset(*offset) : std::nullopt;
  const auto at = given ? locate(s, ring, *given) : std::nullopt;
  const auto of_backlog = given && s.backlog ? s.backlog->up_to(*given) : std::nullopt;
  const bool got_nothing_here = s.adopted && offset == s.claimed_offset;
  a.backlog_from = 0;
  if (got_nothing_here && s.first >= ring.first()) {
    a.events_from = a.acks_from = s.first;
  } else if (of_backlog) {
    a.events_from = given == a.last_offset ? a.left_at : s.first;
    a.acks_from = s.first;
    a.backlog_from = *of_backlog;
  } else if (a.last_offset == 0) {  // whatever the client has is from an earlier session
    a.events_from = a.left_at;
    a.acks_from = s.first;
  } else if (!offset) {
    a.events_from = a.acks_from = s.first;
  } else if (given == a.last_offset) {
    a.events_from = a.left_at;
    a.acks_from = at ? *at + 1 : ring.first();
    a.backlog_from = std::numeric_limits<std::size_t>::max();
  } else if (at) {
    a.events_from = a.acks_from = std::max(*at + 1, s.first);
    a.backlog_from = std::numeric_limits<std::size_t>::max();
  } else {
    return false;
  }
  return a.events_from >= ring.first();
}

void session_keeper::resume(session& s, membership& m) {
  s.away->claimant = &m;
  m.session_ = &s;
  m.recovered_ = true;
  if (s.away->data.has_value()) m.extra().data = s.away->data;
  if (!s.away->user.empty()) m.extra().user = s.away->user;
}

void session_keeper::give_back(membership& m, bool for_good) {
  auto* const s = std::exchange(m.session_, nullptr);
  if (!s || !s->away) return;
  s->away->claimant = nullptr;
  if (for_good) drop(*s);
}

std::vector<missed_packet> session_keeper::missed(const session& s) const {
  std::vector<missed_packet> packets;
  const auto& a = *s.away;
  const auto& ring = *a.in->ring;
  const addressed_rooms rooms(s);
  const std::unordered_set<std::uint64_t> owed(a.owed_acks.begin(), a.owed_acks.end());
  if (s.backlog) {
    const auto& brought = s.backlog->packets();
    for (auto i = a.backlog_from; i < brought.size(); ++i)
      if (!brought[i].ack_id || owed.contains(*brought[i].ack_id)) packets.push_back(brought[i]);
  }
  const auto begin = std::max(std::min(a.events_from, a.acks_from), ring.first());
  for (auto at = begin; at != ring.next(); ++at) {
    const auto& r = ring.at(at);
    const bool wanted =
        r.ack_id ? at >= a.acks_from && owed.contains(*r.ack_id)
                 : at >= a.events_from && (r.to ? rooms.reached_by(*r.to) : r.only == s.sid);
    if (wanted) packets.push_back({r.frame, r.ack_id});
  }
  return packets;
}

bool session_keeper::admit(membership& m) {
  auto& s = *m.session_;
  if (s.away->events_from < s.away->in->ring->first()) return false;
  const auto packets = missed(s);
  for (const auto& room : s.away->rooms) sockets_.join(m, room);
  m.left_own_room_ = s.away->left_own_room;
  if (!s.away->owed_acks.empty()) m.extra().owed_acks = std::move(s.away->owed_acks);
  m.last_offset_ = s.away->last_offset;
  end_absence(s);
  s.live = &m;
  s.since = clock::now();
  const auto& frames = sockets_.core().frames();
  m.deliver(frames.connect(m.nsp().name(), s.sid.view(), s.pid.view()));
  for (const auto& p : packets) {
    m.deliver(net::fresh_copy(p.frame));
    if (const auto offset = p.frame->about().offset) m.last_offset_ = offset;
  }
  if (s.backlog) deliveries_.push_back({s.pid, s.since});
  arm();
  sockets_.counters().sessions_recovered.add();
  return true;
}

}  // namespace pushmesh::actors
