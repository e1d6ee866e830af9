#include "cluster/link/membership.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::cluster {

using task = membership_task;

namespace {

/// True when the sender of the hello stays, though somebody else may have to go.
bool passes(const hello_result& r) noexcept {
  return r.verdict == hello_verdict::accept || r.verdict == hello_verdict::replaces_older ||
         (r.verdict == hello_verdict::tag_clash && r.loser == tag_clash_loser::known_peer);
}

}  // namespace

membership::membership(peer_identity own, const std::vector<std::string>& configured,
                       std::function<std::uint64_t()> random, const membership_options& options)
    : own_(std::move(own)),
      random_(random),
      options_(options),
      routes_(configured, options, std::move(random)) {}

membership::actions membership::tick(clock::time_point now) {
  end_overdue(now);
  routes_.expire(now);
  for (auto& target : routes_.due_lookups(now)) act(task::look_up).address = std::move(target);
  begin_dials(now);
  gossip_to_somebody(now);
  return done();
}

membership::actions membership::resolved(const std::string& target,
                                         const std::vector<std::string>& addresses,
                                         clock::time_point now) {
  routes_.resolved(target, addresses, now);
  begin_dials(now);
  return done();
}

void membership::begin_dials(clock::time_point now) {
  const auto client = own_.role == peer_role::client;
  if (client && !peers_.empty()) return;
  const auto most = client ? 1 : options_.max_dials;
  const auto busy = routes_.in_progress();
  if (busy >= most) return;
  for (auto& address : routes_.due_dials(now, most - busy)) {
    const auto link = ++last_link_;
    auto& a = attempts_[link];
    a.address = address;
    enter(a, stage::probing, now);
    act(task::probe, link).address = std::move(address);
  }
}

void membership::end_overdue(clock::time_point now) {
  std::vector<link_id> overdue;
  for (const auto& [link, a] : attempts_)
    if (a.stage != stage::up && a.deadline <= now) overdue.push_back(link);
  for (const auto link : overdue) fail(link, drop_reason::deadline, now);
}

membership::actions membership::probed(link_id link, bool answered, clock::time_point now) {
  auto* const a = find(link, stage::probing);
  if (a == nullptr) return {};
  if (!answered) {
    routes_.failed(a->address, now);
    attempts_.erase(link);
    return {};
  }
  enter(*a, stage::dialling, now);
  act(task::dial, link).address = a->address;
  return done();
}

membership::actions membership::dialled(link_id link, dial_result result, clock::time_point now) {
  auto* const a = find(link, stage::dialling);
  if (a == nullptr) return {};
  if (result == dial_result::connected) {
    enter(*a, stage::awaits_hello, now);
    act(task::send_hello, link);
    return done();
  }
  if (result == dial_result::cut_by_tick)
    routes_.cut_by_tick(a->address, now);
  else
    routes_.failed(a->address, now);
  attempts_.erase(link);
  begin_dials(now);
  return done();
}

std::optional<link_id> membership::accepted(clock::time_point now) {
  const auto handshakes = std::count_if(attempts_.begin(), attempts_.end(), [](auto& entry) {
    return entry.second.accepted() && entry.second.stage != stage::up;
  });
  if (static_cast<std::size_t>(handshakes) >= options_.max_handshakes) return std::nullopt;
  const auto link = ++last_link_;
  enter(attempts_[link], stage::awaits_hello, now);
  return link;
}

membership::actions membership::hello(link_id link, const peer_identity& other,
                                      clock::time_point now) {
  auto* const a = find(link, stage::awaits_hello);
  if (a == nullptr) return {};
  a->identity = other;
  const auto rivals = rivals_of(other);
  auto result = judge_hello(own_, other, rivals);
  check_room(other, result);
  const auto pass = passes(result);
  // Also to somebody we refuse: then both sides know with whom they do not agree.
  if (a->accepted()) {
    auto& answer = act(task::send_hello, link);
    if (!pass) answer.verdict = result.verdict, answer.text = result.there;
  }
  if (!pass) {
    refuse(link, result, now);
  } else {
    make_room_for(result, rivals, now);
    settle(link, now);
  }
  return done();
}

void membership::check_room(const peer_identity& other, hello_result& result) const {
  if (!passes(result) || peers_.size() < options_.max_peers) return;
  if (peers_.contains(other.incarnation)) return;
  const auto sentence = "refused '" + other.name + "': '" + own_.name + "' has " +
                        std::to_string(peers_.size()) + " peers, which is its limit";
  result = {hello_verdict::too_many_peers, tag_clash_loser::them, sentence, sentence};
}

void membership::refuse(link_id link, const hello_result& result, clock::time_point now) {
  const auto& a = attempts_.at(link);
  if (result.verdict == hello_verdict::self) {
    routes_.leads_to_self(a.address, now);
  } else {
    log_once(a.accepted() ? "from " + a.identity->name + a.identity->address : a.address,
             result.here);
    routes_.refused(a.address, now);
  }
  auto& drop = act(task::drop, link);
  drop.verdict = result.verdict;
  drop.text = result.there;
  attempts_.erase(link);
  if (result.verdict == hello_verdict::tag_clash && result.loser == tag_clash_loser::us)
    act(task::restart).text = result.here;
}

// Ends the peer that has to give way to the sender of a hello, if there is one.
void membership::make_room_for(const hello_result& result, const hello_rivals& rivals,
                               clock::time_point now) {
  if (result.verdict == hello_verdict::accept) return;
  const auto clash = result.verdict == hello_verdict::tag_clash;
  const auto& rival = clash ? rivals.same_tag : rivals.same_name;
  const auto incarnation = rival->identity->incarnation;
  auto& drop = act(task::drop, peers_.at(incarnation).link);
  drop.reason = clash ? drop_reason::refused : drop_reason::replaced;
  drop.verdict = result.verdict;
  drop.text = result.there;
  bring_down(incarnation, result.here, now);
}

// The hello is good: does this link count?
void membership::settle(link_id link, clock::time_point now) {
  auto& a = attempts_.at(link);
  const auto& other = *a.identity;
  routes_.leads_to(a.address, other.incarnation);
  if (!we_decide(other)) return enter(a, stage::awaits_welcome, now);
  if (const auto known = peers_.find(other.incarnation); known != peers_.end()) {
    if (!known->second.suspected) return fail(link, drop_reason::duplicate_link, now);
    act(task::drop, known->second.link).reason = drop_reason::replaced;
    bring_down(other.incarnation, "it has lost the link and made a new one", now);
  }
  act(task::send_welcome, link);
  establish(link, now);
}

membership::actions membership::welcome(link_id link, clock::time_point now) {
  auto* const a = find(link, stage::awaits_welcome);
  if (a == nullptr) return {};
  if (const auto known = peers_.find(a->identity->incarnation); known != peers_.end()) {
    act(task::drop, known->second.link).reason = drop_reason::replaced;
    bring_down(a->identity->incarnation, "it has lost the link and chose a new one", now);
  }
  establish(link, now);
  return done();
}

void membership::establish(link_id link, clock::time_point now) {
  auto& a = attempts_.at(link);
  a.stage = stage::up;
  const auto& peer = *a.identity;
  logged_.erase(a.address);
  const auto& entry = peers_[peer.incarnation] = {peer, link, now, false};
  if (peer.role == peer_role::node) routes_.peer_up(peer.incarnation, a.address, peer.address, now);
  act(task::peer_up, link).peer = peer;
  tell_of_others(entry);
}

membership::actions membership::refused(link_id link, hello_verdict verdict,
                                        const std::string& sentence, clock::time_point now,
                                        const std::optional<peer_identity>& by) {
  const auto at = attempts_.find(link);
  if (at == attempts_.end()) return {};
  const auto a = at->second;
  if (a.stage == stage::up)
    bring_down(a.identity->incarnation, sentence, now);
  else
    attempts_.erase(at);
  if (verdict == hello_verdict::self) {
    routes_.leads_to_self(a.address, now);
    return done();
  }
  log_once(a.address, sentence);
  routes_.refused(a.address, now);
  if (verdict == hello_verdict::tag_clash && must_restart(by ? by : a.identity))
    act(task::restart).text = sentence;
  return done();
}

// Somebody refused us for our tag. If it is not that node's own, it is that of an earlier third.
bool membership::must_restart(const std::optional<peer_identity>& by) const noexcept {
  return !by || by->tag != own_.tag || by->incarnation < own_.incarnation;
}

membership::actions membership::lost(link_id link, const std::string& why, clock::time_point now) {
  const auto at = attempts_.find(link);
  if (at == attempts_.end()) return {};
  if (at->second.stage == stage::up) {
    bring_down(at->second.identity->incarnation, why, now);
  } else {
    routes_.failed(at->second.address, now);
    attempts_.erase(at);
  }
  return done();
}

membership::actions membership::goodbye(link_id link, clock::time_point now) {
  auto* const a = find(link, stage::up);
  if (a == nullptr) return {};
  const auto peer = a->identity->incarnation;
  act(task::drop, link).reason = drop_reason::peer_left;
  bring_down(peer, "it said goodbye", now);
  routes_.peer_left(peer, now);
  return done();
}

void membership::bring_down(incarnation_id peer, const std::string& why, clock::time_point now) {
  const auto at = peers_.find(peer);
  auto& down = act(task::peer_down, at->second.link);
  down.text = why;
  down.peer = at->second.identity;
  attempts_.erase(at->second.link);
  peers_.erase(at);
  routes_.peer_lost(peer, now);
}

// Ends an attempt that came to nothing.
void membership::fail(link_id link, drop_reason why, clock::time_point now) {
  routes_.failed(attempts_.at(link).address, now);
  attempts_.erase(link);
  act(task::drop, link).reason = why;
}

void membership::suspect(link_id link, bool suspected) {
  const auto* const a = find(link, stage::up);
  if (a != nullptr) peers_.at(a->identity->incarnation).suspected = suspected;
}

void membership::gossip(link_id link, const std::vector<std::string>& addresses,
                        clock::time_point now) {
  const auto* const a = find(link, stage::up);
  if (a == nullptr || a->identity->role != peer_role::node) return;
  std::vector<std::string> others;
  for (const auto& address : addresses) {
    if (others.size() == options_.max_gossip) break;
    if (address != own_.address) others.push_back(address);
  }
  routes_.learn(others, now);
}

void membership::gossip_to_somebody(clock::time_point now) {
  if (now < next_gossip_) return;
  next_gossip_ = now + options_.gossip_interval;
  if (peers_.empty()) return;
  tell_of_others(
      std::next(peers_.begin(), static_cast<std::ptrdiff_t>(random_() % peers_.size()))->second);
}

// Only peers that are up here are told of, so that rumours of the dead do not live on.
void membership::tell_of_others(const live_peer& to) {
  if (own_.role == peer_role::client || to.identity.role == peer_role::client) return;
  std::vector<std::string> addresses;
  for (const auto& [incarnation, p] : peers_) {
    if (p.identity.role == peer_role::client || p.link == to.link) continue;
    if (addresses.size() == options_.max_gossip) break;
    addresses.push_back(p.identity.address);
  }
  if (!addresses.empty()) act(task::send_gossip, to.link).gossip = std::move(addresses);
}

hello_rivals membership::rivals_of(const peer_identity& other) const {
  hello_rivals rivals;
  for (const auto& [incarnation, p] : peers_) {
    if (incarnation == other.incarnation) continue;
    if (p.identity.role == peer_role::node && p.identity.name == other.name)
      rivals.same_name = known_peer{&p.identity, p.suspected};
    if (p.identity.tag == other.tag) rivals.same_tag = known_peer{&p.identity, p.suspected};
  }
  return rivals;
}

bool membership::we_decide(const peer_identity& other) const noexcept {
  if (own_.role != other.role) return own_.role == peer_role::node;
  return own_.incarnation < other.incarnation;
}

std::vector<membership::live_peer> membership::live() const {
  std::vector<live_peer> all;
  for (const auto& [incarnation, p] : peers_) all.push_back(p);
  return all;
}

// A misconfigured peer is dialled for ever, but complained of once.
void membership::log_once(const std::string& about, const std::string& sentence) {
  if (logged_.size() >= 1024) logged_.clear();
  auto& last = logged_[about];
  if (last == sentence) return;
  last = sentence;
  act(task::log).text = sentence;
}

membership::attempt* membership::find(link_id link, enum stage expected) {
  const auto at = attempts_.find(link);
  return at != attempts_.end() && at->second.stage == expected ? &at->second : nullptr;
}

void membership::enter(attempt& a, enum stage next, clock::time_point now) {
  a.stage = next;
  auto state = route_state::hello_sent;
  auto time = options_.hello_deadline;
  if (next == stage::probing) {
    state = route_state::probing;
    time = options_.probe_deadline;
  } else if (next == stage::dialling) {
    state = route_state::dialling;
    time = options_.dial_deadline;
  }
  a.deadline = now + time;
  if (!a.accepted()) routes_.advance(a.address, state);
}

membership_action& membership::act(membership_task t, link_id link) {
  auto& action = out_.emplace_back();
  action.task = t;
  action.link = link;
  return action;
}

}  // namespace pushmesh::cluster
