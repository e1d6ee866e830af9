#include "cluster/push/push_service.hpp"

#include <algorithm>
#include <any>
#include <map>
#include <utility>
#include <vector>

#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"
#include "cluster/push/local_sessions.hpp"

namespace pushmesh::cluster::push {
namespace {

constexpr int debug = 0;

std::string_view to_string(session_end::reason why) noexcept {
  constexpr std::string_view words[] = {"replaced", "kicked", "expired"};
  return words[static_cast<std::size_t>(why)];
}

// What the client of an ended session is told: {reason, by, text}.
struct repeat_notice {
  std::string_view reason;
  std::optional<std::string> by;
  std::string text;
};

template <class Fields>
void json_fields(Fields& f, repeat_notice& x) {
  f("reason", x.reason);
  f("by", x.by);
  f("text", x.text);
}

void refuse(const next& go, error_code code) {
  go(connect_error("unauthorized",
                   std::map<std::string, std::string_view>{{"code", to_string(code)}}));
}

bool answer_error(const ack& to, const error& why) {
  return to(raw_json{refused_json(why)});
}

const error overtaken{error_code::conflict, "a later login or logout of this socket counts"};

}  // namespace

push_service::push_service(service_options options, std::optional<net::jwt_verifier> verifier,
                           logger log, const registry_maker& make_registry)
    : options_(std::move(options)), verifier_(std::move(verifier)), log_(std::move(log)) {
  auto ender = [this](const session_claim& claim, const session_end& why) { end(claim, why); };
  registry_ = make_registry ? make_registry(ender) : std::make_unique<local_sessions>(ender);
}

void push_service::attach(nsp& clients) {
  clients.use([this](socket& s, next go) { on_connecting(s, std::move(go)); });
  clients.on_connection([this](socket& s) { on_connected(s); });
  clients.on_disconnecting([this](socket& s, close_reason why) { on_leaving(s, why); });
  clients.on(options_.events.login, [this](socket& s, event& e) { on_login(s, e); });
  clients.on(options_.events.refresh, [this](socket& s, event& e) { on_refresh(s, e); });
  clients.on(options_.events.logout, [this](socket& s, event& e) { on_logout(s, e); });
}

// ---- who it is ----------------------------------------------------------------------------------

tl::expected<session_info, error> push_service::identify(const login_form& form) const {
  session_info info;
  info.device = form.device;
  info.platform = form.platform;
  info.since = now();
  if (options_.auth == auth_mode::none) {
    info.user = form.proof;
    return info;
  }
  auto who = verifier_->verify(form.proof, std::chrono::system_clock::now());
  if (!who) {
    const bool expired = who.error().code == net::jwt_errc::expired;
    return tl::unexpected(error{expired ? error_code::token_expired : error_code::token_invalid,
                                std::string("the token is refused: ") + who.error().why});
  }
  info.user = std::move(who->user);
  info.tags = std::move(who->tags);
  info.expires = who->expires;
  return info;
}

tl::expected<session_info, error> push_service::identify(socket& s, const event& e) {
  if (!state_of(s).logins.take(net::rate_limit::clock::now(), max_login_rate))
    return tl::unexpected(error{error_code::rate_limited, "too many logins per second"});
  const auto form = read_login(e.raw(0), options_.auth);
  if (!form) return tl::unexpected(form.error());
  return identify(*form);
}

// nullopt: it does not log in by it.
tl::expected<std::optional<session_info>, error> push_service::identify_by_connect(
    const socket& s) const {
  const auto form = read_connect_auth(s.auth(), options_.auth);
  if (!form) return tl::unexpected(form.error());
  if (!*form) return std::nullopt;
  return identify(**form);
}

void push_service::note_refusal(const socket& s, const error& why) const {
  log_(debug, "login from " + std::string(s.handshake().address()) +
                  " refused: " + std::string(push::to_string(why.code)) + ", " + why.message);
}

push_socket& push_service::state_of(socket& s) {
  if (auto* const state = push_socket::of(s)) return *state;
  return push_socket::make(s, [this](socket& due) { on_due(due); });
}

// If the socket is gone when the answer comes, the lease is let go of with the closure.
void push_service::ask_registry(socket& s, const session_info& info, bool comes_back, answer then) {
  auto claim = std::make_shared<const session_claim>(
      session_claim{++last_number_, info.user, info.device, info.platform, info.since, comes_back,
                    s.id(), s.ref()});
  registry_->admit(
      claim, [registry = registry_.get(), claim, then = std::move(then)](session_verdict a) {
        auto lease = a.admitted ? std::make_shared<const session_lease>(*registry, claim) : nullptr;
        claim->ref.post([lease = std::move(lease), a = std::move(a), then](socket& here) {
          then(here, lease, a);
        });
      });
}

// ---- by connect ---------------------------------------------------------------------------------

void push_service::on_connecting(socket& s, next go) {
  if (s.recovered()) return go();
  const auto info = identify_by_connect(s);
  if (!info) {
    note_refusal(s, info.error());
    return refuse(go, info.error().code);
  }
  if (!*info) return go();
  ask_registry(s, **info, false,
               [this, info = **info, go](socket& here, lease_ptr lease, const session_verdict& a) {
                 if (!lease) return refuse(go, a.refusal.code);
                 auto& state = state_of(here);
                 state.current() = {info, std::move(lease)};
                 state.current()->info.offline = a.offline;
                 go();
               });
}

void push_service::on_connected(socket& s) {
  if (s.recovered()) return come_back(s);
  // Without auth payload there was no login; looking for its state would cost memory.
  auto* const state = s.auth() == "{}" ? nullptr : push_socket::of(s);
  if (state && state->ended_early) {
    const auto why = *state->ended_early;
    state->ended_early.reset();
    return ended(s, why);
  }
  if (state && state->current()) {
    s.set_user(state->current()->info.user);
    watch(*state);
    return begin_session(s);
  }
  await_login(s);
}

/// Of a login by connect: the client is told once its rooms are known.
void push_service::begin_session(socket& s) {
  const auto number = push_socket::of(s)->current()->lease->claim().number;
  join_rooms(s, [this, number](socket& here) {
    auto* const then = push_socket::of(here);
    if (!then || !then->is(number)) return;
    here.emit(options_.events.session, raw_json{to_client_json(then->current()->info)});
    registry_->established(then->current()->lease->claim());
  });
}

void push_service::await_login(socket& s) {
  if (options_.auth == auth_mode::none) return;
  auto& state = state_of(s);
  state.login_due = now() + options_.auth_timeout;
  watch(state);
}

// Under its old id, in its old rooms: whether it is still the user's is asked anew. Until then it
// is, without a lease, so that logout, login and the end of its token find what there is to end.
// What it presents to prove who it is counts for more than who it was.
void push_service::come_back(socket& s) {
  const auto* const text = std::any_cast<std::string>(&s.data());
  const auto info = text ? from_snapshot(*text) : std::nullopt;
  // Never that of an earlier shard: its timer would be another thread's.
  auto& state = push_socket::make(s, [this](socket& due) { on_due(due); });
  if (info) state.current() = {*info, nullptr};
  auto shown = identify_by_connect(s);
  if (!shown) {
    note_refusal(s, shown.error());
    if (!info) return await_login(s);
    return ended(s, {session_end::reason::expired, {}, shown.error().message});
  }
  if (*shown && !(info && info->user == (*shown)->user)) return come_as_another(s, **shown);
  if (!info) return await_login(s);
  if (*shown) renew(s, state, **shown);
  watch(state);
  const auto turn = state.begin_turn();
  ask_registry(s, state.current()->info, true,
               [this, turn, tell = shown->has_value()](socket& here, lease_ptr lease,
                                                       const session_verdict& a) {
                 auto& then = state_of(here);
                 if (!then.is_turn(turn) || !then.current()) return;  // it ended meanwhile
                 if (!lease)
                   return ended(here, {session_end::reason::replaced, a.by, a.refusal.message});
                 then.current()->lease = std::move(lease);
                 if (tell) begin_session(here);
               });
}

void push_service::come_as_another(socket& s, const session_info& info) {
  let_go(s);
  await_login(s);
  const auto turn = state_of(s).begin_turn();
  ask_registry(s, info, false,
               [this, info, turn](socket& here, lease_ptr lease, const session_verdict& a) {
                 if (!state_of(here).is_turn(turn)) return;  // logged in or out meanwhile
                 if (!lease) return note_refusal(here, a.refusal);
                 take_up(here, info, std::move(lease));
                 state_of(here).current()->info.offline = a.offline;
                 begin_session(here);
               });
}

// What may come back later, on another shard or node, is the session as text: never the state,
// whose timer is this shard's.
void push_service::on_leaving(socket& s, close_reason why) {
  auto* const state = push_socket::of(s);
  if (!state) return;
  // Or it could join again, or stay without a namespace, and never have to log in.
  if (state->login_due && why == close_reason::client_namespace_disconnect) s.close_transport();
  if (state->current())
    s.data() = to_snapshot(state->current()->info);
  else
    s.data().reset();
}

// ---- by event -----------------------------------------------------------------------------------

void push_service::on_login(socket& s, event& e) {
  const auto to = e.take_ack();
  const auto info = identify(s, e);
  if (!info) {
    note_refusal(s, info.error());
    return void(answer_error(to, info.error()));
  }
  const auto turn = state_of(s).begin_turn();
  ask_registry(
      s, *info, false,
      [this, to, turn, info = *info](socket& here, lease_ptr lease, const session_verdict& a) {
        if (!state_of(here).is_turn(turn)) return void(answer_error(to, overtaken));
        if (!lease) return void(answer_error(to, a.refusal));
        const auto number = lease->claim().number;
        take_up(here, info, std::move(lease));
        state_of(here).current()->info.offline = a.offline;
        join_rooms(here, [this, to, number](socket& joined) {
          auto& state = state_of(joined);
          if (!state.is(number)) return void(answer_error(to, overtaken));
          to(raw_json{granted_json(state.current()->info)});
          registry_->established(state.current()->lease->claim());
        });
      });
}

void push_service::on_refresh(socket& s, event& e) {
  const auto to = e.take_ack();
  auto* const state = push_socket::of(s);
  if (!state || !state->current())
    return void(answer_error(to, {error_code::unauthorized, "nobody is logged in on this socket"}));
  if (options_.auth == auth_mode::none)
    return void(answer_error(to, {error_code::bad_request, "this service takes no tokens"}));
  auto info = identify(s, e);
  auto& session = *state->current();
  if (info && info->user != session.info.user)
    info = tl::unexpected(error{error_code::forbidden, "the token is another user's; use login"});
  if (!info) {
    note_refusal(s, info.error());
    return void(answer_error(to, info.error()));
  }
  renew(s, *state, *info);
  watch(*state);
  join_rooms(s, [this, to, user = session.info.user](socket& joined) {
    auto& then = state_of(joined);
    if (!then.current() || then.current()->info.user != user)
      return void(answer_error(to, overtaken));
    to(raw_json{granted_json(then.current()->info)});
  });
}

void push_service::on_logout(socket& s, event& e) {
  const auto to = e.take_ack();
  if (auto* const state = push_socket::of(s)) state->begin_turn();
  let_go(s);
  to(raw_json{R"({"ok":true})"});
}

// ---- sessions -----------------------------------------------------------------------------------

/// The session is the socket's from now on; one that it had is over.
void push_service::take_up(socket& s, session_info info, lease_ptr lease) {
  let_go(s);
  auto& state = state_of(s);
  s.set_user(info.user);
  state.login_due.reset();
  state.current() = {std::move(info), std::move(lease)};
  watch(state);
}

/// A newer token of the same user. Rooms that are new are not joined yet.
void push_service::renew(socket& s, push_socket& state, const session_info& shown) {
  auto& info = state.current()->info;
  const auto before = rooms_of(info);
  info.tags = shown.tags;
  info.expires = shown.expires;
  const auto after = rooms_of(info);
  for (const auto& room : before)
    if (std::find(after.begin(), after.end(), room) == after.end()) s.leave(room);
}

/// `then` runs when every node knows that this one has the rooms, if the socket is still there.
void push_service::join_rooms(socket& s, std::function<void(socket&)> then) {
  const auto rooms = rooms_of(push_socket::of(s)->current()->info);
  auto due = std::make_shared<std::size_t>(rooms.size());
  for (const auto& room : rooms)
    s.join(room, [due, self = s.ref(), then] {
      if (--*due == 0) self.post(then);
    });
}

void push_service::let_go(socket& s) {
  auto* const state = push_socket::of(s);
  if (!state || !state->current()) return;
  for (const auto& room : rooms_of(state->current()->info)) s.leave(room);
  s.set_user({});
  state->disarm();
  state->current().reset();
}

void push_service::end(const session_claim& claim, const session_end& why) {
  claim.ref.post([this, number = claim.number, why](socket& s) {
    auto* const state = push_socket::of(s);
    if (!state || !state->is(number)) return;
    if (s.connected()) return ended(s, why);
    state->ended_early = why;
    state->current().reset();
  });
}

void push_service::ended(socket& s, const session_end& why) {
  const repeat_notice notice{to_string(why.why),
                             why.by.empty() ? std::nullopt : std::optional(why.by), why.text};
  s.emit(options_.events.repeat, notice);
  let_go(s);
  if (options_.on_replaced == ended_policy::disconnect) s.disconnect();
}

// ---- time ---------------------------------------------------------------------------------------

void push_service::watch(push_socket& state) {
  auto due = state.login_due;
  if (state.current()) due = state.current()->info.expires;
  if (due)
    state.arm(std::max(*due - now(), std::chrono::milliseconds(0)));
  else
    state.disarm();
}

void push_service::on_due(socket& s) {
  auto* const state = push_socket::of(s);
  if (!state || !s.connected()) return;
  if (state->current()) {
    const auto& expires = state->current()->info.expires;
    if (expires && *expires <= now())
      return ended(s, {session_end::reason::expired, {}, "the time of the token is over"});
  } else if (state->login_due && *state->login_due <= now()) {
    log_(debug, "socket from " + std::string(s.handshake().address()) +
                    " closed: it did not log in within auth_timeout");
    return s.disconnect(true);
  }
  watch(*state);
}

}  // namespace pushmesh::cluster::push
