#include "actors/api/nsp.hpp"

#include "actors/address.hpp"
#include "actors/api_state.hpp"
#include "actors/local_sockets.hpp"
#include "actors/namespace_state.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh {

namespace {

actors::handler_table& writable(actors::namespace_state& state, const char* call) {
  state.core().check_not_frozen(call);
  return state.handlers();
}

/// Runs `answer` for the joining socket on its shard, if it is still there.
template <class F>
void answer_middleware(next::state& s, F answer) {
  const auto core = s.core.lock();
  auto* const home = core ? core->shard_of(s.socket) : nullptr;
  if (!home || !s.use()) return;
  const auto run = [core = core.get(), home, id = s.socket, answer = std::move(answer)] {
    auto* const m = core->sockets_of(*home).find(id);
    if (m && !m->joined()) answer(*m);
  };
  if (home->here())
    run();
  else
    home->post(run);
}

}  // namespace

next::state::~state() {
  answer_middleware(*this, [](actors::membership& m) {
    m.owner().middleware_refused(m, connect_error("middleware did not answer"));
  });
}

void next::operator()() const {
  answer_middleware(*state_, [](actors::membership& m) { m.owner().middleware_passed(m); });
}

void next::operator()(connect_error error) const {
  answer_middleware(*state_, [error = std::move(error)](actors::membership& m) {
    m.owner().middleware_refused(m, error);
  });
}

nsp& nsp::on(std::string_view event, event_handler handler) {
  writable(state_, "on").events.insert_or_assign(std::string(event), std::move(handler));
  return *this;
}
nsp& nsp::on_any(event_handler handler) {
  writable(state_, "on_any").any = std::move(handler);
  return *this;
}
nsp& nsp::on_server_side(std::string_view event, server_side_handler handler) {
  writable(state_, "on_server_side")
      .server_side.insert_or_assign(std::string(event), std::move(handler));
  return *this;
}
emit_result nsp::server_side_emit_json(std::string_view event, payload args) const {
  return state_.core().routes().server_emit(state_.name(), event, args);
}
void nsp::server_side_emit_with_ack(std::string_view event, payload args,
                                    std::chrono::milliseconds timeout,
                                    std::function<void(server_reply_result)> done) const {
  state_.core().routes().server_emit_with_ack(state_.name(), event, args, timeout, std::move(done));
}
nsp& nsp::on_connection(connection_callback handler) {
  writable(state_, "on_connection").connection.push_back(std::move(handler));
  return *this;
}
nsp& nsp::on_disconnecting(disconnect_callback handler) {
  writable(state_, "on_disconnecting").disconnecting.push_back(std::move(handler));
  return *this;
}
nsp& nsp::on_disconnect(disconnect_callback handler) {
  writable(state_, "on_disconnect").disconnect.push_back(std::move(handler));
  return *this;
}
nsp& nsp::use(middleware m) {
  writable(state_, "use").middlewares.push_back(std::move(m));
  return *this;
}
nsp& nsp::overflow(overflow_policy policy) {
  writable(state_, "overflow").policy = policy;
  return *this;
}
nsp& nsp::overflow(std::string_view event, overflow_policy policy) {
  writable(state_, "overflow").event_policies.insert_or_assign(std::string(event), policy);
  return *this;
}

std::string_view nsp::name() const noexcept {
  return state_.name();
}
std::size_t nsp::size() const noexcept {
  return static_cast<std::size_t>(state_.sockets().load());
}

target nsp::all() const {
  actors::address to;
  to.nsp = state_.name();
  to.handlers = &state_.handlers();
  return {state_.core().shared_from_this(), std::move(to)};
}

}  // namespace pushmesh
