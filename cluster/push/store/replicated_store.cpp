#include "cluster/push/store/replicated_store.hpp"

#include <algorithm>
#include <variant>

namespace pushmesh::cluster::push {

namespace {

/// Three times as long as a dead node is taken for alive.
constexpr auto patience = std::chrono::seconds(10);
/// Logins that are told again in one tick: 10,000 a second.
constexpr std::size_t confirmed_per_tick = 500;

user_outcome failed(store_errc e) {
  user_outcome o;
  o.error = e;
  return o;
}

bool is_valid(const user_id& user, const user_operation& op, std::size_t longest) {
  const auto fits = [longest](const auto& name) { return name.size() <= longest; };
  return !user.empty() && fits(user.text) && fits(op.message.text) && fits(op.device.device.text) &&
         fits(op.device.platform.text) && fits(op.device.address) &&
         (!op.payload || (fits(op.payload->id.text) && fits(op.payload->event))) &&
         std::all_of(op.tags.begin(), op.tags.end(),
                     [&](const tag_name& t) { return fits(t.text); });
}

/// Two nodes that take themselves for the owner must not go on claiming in step: the wait grows,
/// and is not the same on both.
unsigned ticks_to_wait(unsigned tries, const incarnation_id& self) {
  return std::min(tries, 10u) + (tries > 1 ? self.bytes[15] % 4u : 0u);
}

}  // namespace

replicated_store::replicated_store(store_node self, const store_options& options, store_port& port)
    : options_(options),
      port_(port),
      view_(std::move(self)),
      users_(
          view_, options, port,
          [this](const user_id& user, const losing_device& l) { lose(user, l); },
          [this](const user_id& user) { return confirm_all(user); }) {}

void replicated_store::run(const user_id& user, user_operation op, done_callback done) {
  if (!is_valid(user, op, options_.limits.name_bytes)) return done(failed(store_errc::bad_request));
  if (questions_.size() >= options_.limits.operations) return done(failed(store_errc::unavailable));
  remember(user, op);
  const auto id = ++last_question_;
  questions_.emplace(
      id, question{user, std::move(op), std::move(done), port_.now() + patience, 0, {}, 0});
  ask(id);
}

void replicated_store::ask(std::uint64_t id) {
  auto& q = questions_.at(id);
  const auto owner = view_.place_of(q.user).owner;
  q.asked = owner;
  // Asked again, it may have been carried out, and others may have logged in since.
  if (++q.tries > 1 && q.operation.verb == user_verb::admit) q.operation.verb = user_verb::confirm;
  if (owner == view_.self().id)
    return users_.run(q.user, q.operation,
                      [this, id](std::optional<user_outcome> o) { answered(id, std::move(o)); });
  port_.send(owner, user_request{id, q.user, q.operation});
}

void replicated_store::answered(std::uint64_t id, std::optional<user_outcome> outcome) {
  const auto found = questions_.find(id);
  if (found == questions_.end()) return;
  if (!outcome) {
    found->second.asked.reset();
    found->second.again_in = ticks_to_wait(found->second.tries, view_.self().id);
    return;
  }
  auto q = std::move(found->second);
  questions_.erase(found);
  if (q.operation.verb == user_verb::admit || q.operation.verb == user_verb::confirm)
    return admitted(q, *outcome);
  q.done(std::move(*outcome));
}

void replicated_store::handle(const incarnation_id& from, user_request m) {
  users_.run(m.user, std::move(m.operation),
             [this, from, id = m.id](std::optional<user_outcome> o) {
               user_answer a{id, !o, {}};
               if (o) a.outcome = std::move(*o);
               port_.send(from, std::move(a));
             });
}

void replicated_store::handle(const incarnation_id& from, user_answer m) {
  const auto found = questions_.find(m.id);
  if (found == questions_.end() || found->second.asked != from) return;
  answered(m.id, m.not_owner ? std::nullopt : std::optional(std::move(m.outcome)));
}

void replicated_store::take(const incarnation_id& from, store_message m) {
  // What is left of a link that has ended speaks of a view that is over.
  if (!view_.has(from)) return;
  std::visit([&](auto& one) { handle(from, std::move(one)); }, m);
}

// ---- the logins of this node --------------------------------------------------------------------

void replicated_store::remember(const user_id& user, const user_operation& op) {
  const auto& socket = op.device.socket;
  if (op.verb == user_verb::release) {
    forget(socket);
  } else if (op.verb == user_verb::admit && op.device.home == view_.self().id) {
    const auto found = logins_.find(socket);
    const bool again = found != logins_.end() && found->second.user == user;
    const bool admitted = again && found->second.admitted;
    forget(socket);
    logins_.emplace(socket, login{user, op.device, op.tags, admitted, std::nullopt});
    sockets_of_.emplace(user, socket);
  }
}

void replicated_store::forget(const socket_id& socket) {
  const auto found = logins_.find(socket);
  if (found == logins_.end()) return;
  const auto [begin, end] = sockets_of_.equal_range(found->second.user);
  const auto here =
      std::find_if(begin, end, [&](const auto& entry) { return entry.second == socket; });
  if (here != end) sockets_of_.erase(here);
  logins_.erase(found);
}

std::vector<socket_id> replicated_store::confirm_all(const user_id& user) {
  std::vector<socket_id> sockets;
  const auto [begin, end] = sockets_of_.equal_range(user);
  for (auto at = begin; at != end; ++at) sockets.push_back(at->second);
  to_confirm_.insert(to_confirm_.end(), sockets.begin(), sockets.end());
  return sockets;
}

void replicated_store::admitted(const question& q, user_outcome& outcome) {
  const auto& socket = q.operation.device.socket;
  for (const auto& l : outcome.losers)
    if (l.device.socket == socket) outcome.error = store_errc::duplicate_session;
  const auto found = logins_.find(socket);
  const bool known = found != logins_.end() && found->second.user == q.user;
  const auto lost = known ? found->second.lost : std::nullopt;
  const bool is_login = known && !found->second.admitted;
  if (is_login) {
    if (outcome.error || lost)
      forget(socket);
    else
      found->second.admitted = true;
  }
  const bool failed = outcome.error.has_value();
  q.done(std::move(outcome));
  if (lost && !failed) port_.replaced(q.user, *lost);
  // It lost or left while it was asked for, and the owner may have heard of that before.
  if (!failed && (lost || !known) && q.operation.device.home == view_.self().id)
    withdraw(q.user, socket);
}

void replicated_store::withdraw(const user_id& user, const socket_id& socket) {
  user_operation op;
  op.verb = user_verb::release;
  op.device.socket = socket;
  if (!logins_.contains(socket)) run(user, std::move(op), [](const user_outcome&) {});
}

void replicated_store::lose(const user_id& user, const losing_device& loser) {
  if (loser.device.home != view_.self().id) {
    if (view_.has(loser.device.home)) port_.send(loser.device.home, device_lost{user, loser});
    return;
  }
  const auto found = logins_.find(loser.device.socket);
  if (found == logins_.end() || found->second.user != user) return;
  if (!found->second.admitted) return void(found->second.lost = loser);
  forget(loser.device.socket);
  port_.replaced(user, loser);
}

void replicated_store::handle(const incarnation_id&, const device_lost& m) {
  if (m.loser.device.home == view_.self().id) lose(m.user, m.loser);
}

void replicated_store::confirm(const socket_id& socket) {
  const auto found = logins_.find(socket);
  if (found == logins_.end()) return;
  // Its owner may have answered already, and not have it any more.
  if (!found->second.admitted) return to_confirm_.push_back(socket);
  user_operation op;
  op.verb = user_verb::confirm;
  op.device = found->second.device;
  op.tags = found->second.claimed;
  run(found->second.user, std::move(op), [this, socket](const user_outcome& o) {
    if (o.error) to_confirm_.push_back(socket);
  });
}

// ---- views and time -----------------------------------------------------------------------------

void replicated_store::set_view(const std::vector<store_node>& others) {
  const auto before = view_.generation();
  view_.set(others);
  if (view_.generation() == before) return;
  for (auto& [id, q] : questions_)
    if (q.asked && !view_.has(*q.asked)) q.asked.reset(), q.again_in = 0;
  to_confirm_.clear();
  for (const auto& [socket, l] : logins_) to_confirm_.push_back(socket);
  users_.view_changed();
}

void replicated_store::tick() {
  users_.tick();
  for (auto n = std::min(to_confirm_.size(), confirmed_per_tick); n > 0; --n) {
    const auto socket = to_confirm_.front();
    to_confirm_.pop_front();
    confirm(socket);
  }
  std::vector<std::uint64_t> again, over;
  for (auto& [id, q] : questions_) {
    if (q.deadline <= port_.now())
      over.push_back(id);
    else if (!q.asked && q.again_in-- == 0)
      again.push_back(id);
  }
  // Those of one user in the order in which they were asked for.
  std::sort(again.begin(), again.end());
  for (const auto id : again)
    if (questions_.contains(id)) ask(id);
  for (const auto id : over) answered(id, failed(store_errc::unavailable));
}

}  // namespace pushmesh::cluster::push
