#include "cluster/link/membership_routes.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "cluster/host_port.hpp"

namespace pushmesh::cluster {

namespace {

/// The longest DNS name, brackets, colon and port.
constexpr std::size_t max_target_length = 253 + 8;

std::optional<host_port> parse_target(const std::string& text) {
  if (text.size() > max_target_length) return std::nullopt;
  auto parsed = host_port::parse(text);
  if (!parsed || parsed->port == 0) return std::nullopt;
  const auto odd = [](unsigned char c) { return c <= ' ' || c >= 127; };
  if (std::any_of(text.begin(), text.end(), odd)) return std::nullopt;
  return parsed;
}

bool is_numeric(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

std::string_view to_string(route_state s) noexcept {
  switch (s) {
    case route_state::waiting:
      return "waiting";
    case route_state::probing:
      return "probing";
    case route_state::dialling:
      return "dialling";
    case route_state::hello_sent:
      return "hello_sent";
    case route_state::up:
      return "up";
    case route_state::refused:
      return "refused";
    case route_state::left:
      return "left";
    case route_state::self:
      return "self";
  }
  return "unknown";
}

membership_routes::membership_routes(const std::vector<std::string>& configured,
                                     const membership_options& options, random_source random)
    : options_(options), random_(std::move(random)) {
  for (const auto& text : configured)
    if (auto* t = add_target(text, clock::time_point::min())) t->configured = true;
  relink();
}

void membership_routes::learn(const std::vector<std::string>& told, clock::time_point now) {
  auto learned = static_cast<std::size_t>(std::count_if(
      targets_.begin(), targets_.end(), [](auto& t) { return !t.second.configured; }));
  for (const auto& text : told) {
    if (const auto known = targets_.find(text); known != targets_.end()) {
      known->second.seen = now;
    } else if (learned < options_.max_learned && add_target(text, now) != nullptr) {
      ++learned;
    }
  }
}

membership_routes::target* membership_routes::add_target(const std::string& text,
                                                         clock::time_point now) {
  const auto parsed = parse_target(text);
  if (!parsed) return nullptr;
  auto& t = targets_[text];
  t.numeric = is_numeric(parsed->host);
  t.seen = t.next_lookup = now;
  if (t.numeric) {
    t.addresses = {text};
    routes_.try_emplace(text, fresh_route(now)).first->second.wanted = true;
  }
  return &t;
}

void membership_routes::resolved(const std::string& text, const std::vector<std::string>& addresses,
                                 clock::time_point now) {
  const auto known = targets_.find(text);
  if (known == targets_.end() || known->second.numeric || addresses.empty()) return;
  auto& list = known->second.addresses;
  list = addresses;
  const auto most =
      known->second.configured ? options_.max_addresses : options_.max_learned_addresses;
  if (list.size() > most) list.resize(most);
  std::erase_if(list, [](const std::string& a) { return !parse_target(a); });
  for (const auto& address : list) routes_.try_emplace(address, fresh_route(now));
  relink();
}

std::vector<std::string> membership_routes::due_lookups(clock::time_point now) {
  std::vector<std::string> due;
  for (auto& [text, t] : targets_) {
    if (t.numeric || t.next_lookup > now) continue;
    t.next_lookup = now + options_.lookup_interval;
    // A name that has led nowhere so far is looked up as often as an address is dialled.
    if (t.addresses.empty()) t.next_lookup = now + options_.redial.cap;
    due.push_back(text);
  }
  return due;
}

std::vector<std::string> membership_routes::due_dials(clock::time_point now, std::size_t most) {
  std::vector<std::string> due, learned;
  for (const auto& [address, r] : routes_)
    if (r.wanted && !busy(r) && r.next <= now && !leads_to_up(r))
      (r.configured ? due : learned).push_back(address);
  // Within a kind the one that waits longest is first.
  const auto longest_waiting = [&](auto& a, auto& b) {
    return routes_.at(a).next < routes_.at(b).next;
  };
  std::stable_sort(due.begin(), due.end(), longest_waiting);
  std::stable_sort(learned.begin(), learned.end(), longest_waiting);
  due.insert(due.end(), learned.begin(), learned.end());
  if (due.size() > most) due.resize(most);
  for (const auto& address : due) routes_.at(address).state = route_state::probing;
  return due;
}

std::size_t membership_routes::in_progress() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(routes_.begin(), routes_.end(), [&](auto& r) { return busy(r.second); }));
}

void membership_routes::advance(const std::string& address, route_state to) {
  if (const auto r = routes_.find(address); r != routes_.end()) r->second.state = to;
}

void membership_routes::failed(const std::string& address, clock::time_point now) {
  const auto r = routes_.find(address);
  if (r == routes_.end()) return;
  wait(r->second, route_state::waiting, r->second.waits.next(random_()), now);
}

void membership_routes::cut_by_tick(const std::string& address, clock::time_point now) {
  const auto r = routes_.find(address);
  if (r == routes_.end()) return;
  wait(r->second, route_state::waiting, r->second.waits.after_tick(random_()), now);
}

void membership_routes::refused(const std::string& address, clock::time_point now) {
  const auto r = routes_.find(address);
  if (r == routes_.end()) return;
  const auto most = static_cast<std::uint64_t>(options_.refused_retry.count());
  wait(r->second, route_state::refused, std::chrono::milliseconds(random_() % (most + 1)), now);
}

void membership_routes::leads_to_self(const std::string& address, clock::time_point now) {
  const auto r = routes_.find(address);
  if (r != routes_.end()) wait(r->second, route_state::self, options_.self_retry, now);
}

void membership_routes::leads_to(const std::string& address, const incarnation_id& peer) {
  if (const auto r = routes_.find(address); r != routes_.end()) r->second.peer = peer;
}

void membership_routes::peer_up(const incarnation_id& peer, const std::string& dialled,
                                const std::string& advertised, clock::time_point now) {
  up_.insert(peer);
  learn({advertised}, now);
  leads_to(dialled, peer);
  leads_to(advertised, peer);
  if (const auto r = routes_.find(dialled); r != routes_.end())
    wait(r->second, route_state::waiting, {}, now);
  std::set<std::string> addresses{advertised};
  each_route_of(peer, [&](const std::string& address, route& r) {
    r.waits.reset();
    addresses.insert(address);
  });
  const auto its_own = [&](const std::string& a) { return addresses.contains(a); };
  for (auto& [text, t] : targets_) {
    if (!its_own(text) && std::none_of(t.addresses.begin(), t.addresses.end(), its_own)) continue;
    t.ever_up = true;
    t.seen = now;
  }
}

void membership_routes::peer_lost(const incarnation_id& peer, clock::time_point now) {
  up_.erase(peer);
  each_route_of(peer, [&](const std::string&, route& r) {
    if (busy(r)) return;
    wait(r, route_state::waiting, r.waits.next(random_()), now);
  });
}

void membership_routes::peer_left(const incarnation_id& peer, clock::time_point now) {
  up_.erase(peer);
  std::set<std::string> left;
  each_route_of(peer, [&](const std::string& address, route& r) {
    left.insert(address);
    // It takes a while to come back, if it does.
    if (!busy(r)) wait(r, route_state::left, options_.redial.cap, now);
  });
  std::erase_if(targets_, [&](auto& entry) {
    const auto& [text, t] = entry;
    const auto gone = [&](const std::string& a) { return left.contains(a); };
    return !t.configured && !t.addresses.empty() &&
           std::all_of(t.addresses.begin(), t.addresses.end(), gone);
  });
  relink();
}

void membership_routes::expire(clock::time_point now) {
  if (now < next_expiry_) return;
  next_expiry_ = now + std::chrono::seconds(1);
  const auto is_up = [&](const std::string& a) {
    const auto r = routes_.find(a);
    return r != routes_.end() && leads_to_up(r->second);
  };
  for (auto& [text, t] : targets_)
    if (std::any_of(t.addresses.begin(), t.addresses.end(), is_up)) t.seen = now;
  const auto old = [&](const auto& entry) {
    const auto& t = entry.second;
    if (t.configured) return false;
    if (t.ever_up) return now - t.seen >= options_.forget_lost;
    return now - t.seen >= options_.forget_never_up;
  };
  if (std::erase_if(targets_, old) > 0) relink();
  drop_unwanted();
}

std::vector<membership_routes::route_view> membership_routes::routes() const {
  std::vector<route_view> all;
  for (const auto& [address, r] : routes_)
    all.push_back({address, !busy(r) && leads_to_up(r) ? route_state::up : r.state, r.configured,
                   r.peer, r.waits.failures()});
  return all;
}

// Finds out anew which routes some target still has.
void membership_routes::relink() {
  for (auto& [address, r] : routes_) r.wanted = r.configured = false;
  for (const auto& [text, t] : targets_)
    for (const auto& address : t.addresses) {
      auto& r = routes_.at(address);
      r.wanted = true;
      r.configured |= t.configured;
    }
  drop_unwanted();
}

void membership_routes::drop_unwanted() {
  std::erase_if(routes_, [&](auto& r) { return !r.second.wanted && !busy(r.second); });
}

bool membership_routes::busy(const route& r) const noexcept {
  return r.state == route_state::probing || r.state == route_state::dialling ||
         r.state == route_state::hello_sent;
}

membership_routes::route membership_routes::fresh_route(clock::time_point now) const {
  route r;
  r.next = now;
  r.waits = backoff(options_.redial);
  return r;
}

void membership_routes::wait(route& r, route_state state, std::chrono::milliseconds time,
                             clock::time_point now) {
  r.state = state;
  r.next = now + time;
}

template <class F>
void membership_routes::each_route_of(const incarnation_id& peer, F&& f) {
  for (auto& [address, r] : routes_)
    if (r.peer == peer) f(address, r);
}

}  // namespace pushmesh::cluster
