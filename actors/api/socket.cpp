#include "actors/api/socket.hpp"

#include "actors/local_sockets.hpp"
#include "actors/membership.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"

namespace pushmesh {

namespace {

actors::address whole_namespace(const actors::membership& m) {
  actors::address to;
  to.nsp = m.nsp().name();
  to.handlers = &m.nsp().shared->handlers();
  return to;
}

}  // namespace

void socket_ref::post(std::function<void(socket&)> fn) const {
  const auto core = core_.lock();
  auto* const home = core ? core->shard_of(id_) : nullptr;
  if (!home) return;
  // The node outlives its shards' queues: a plain pointer is enough inside the job.
  home->post([id = id_, core = core.get(), home, fn = std::move(fn)] {
    auto* const m = core->sockets_of(*home).find(id);
    if (m) m->owner().run_posted(*m, fn);
  });
}

const socket_id& socket::id() const noexcept {
  return m_.id();
}
std::string socket::client_id() const {
  return m_.owner().client_id(m_);
}
std::string_view socket::nsp_name() const noexcept {
  return m_.nsp().name();
}
nsp& socket::of() const noexcept {
  return m_.nsp().shared->facade();
}
bool socket::connected() const noexcept {
  return m_.joined();
}
const net::handshake& socket::handshake() const noexcept {
  return m_.owner().request();
}
bool socket::recovered() const noexcept {
  return m_.recovered();
}
int socket::protocol() const noexcept {
  return m_.owner().protocol();
}

std::string_view socket::auth() const noexcept {
  const auto* x = m_.extra_if_any();
  return x && !x->auth.empty() ? std::string_view(x->auth) : "{}";
}

std::string_view socket::transport() const noexcept {
  return m_.owner().transport() == net::transport_kind::polling ? "polling" : "websocket";
}

socket_ref socket::ref() const {
  return {m_.id(), m_.owner().sockets().core().weak_from_this()};
}

std::any& socket::data() {
  return m_.extra().data;
}
void socket::set_user(std::string user) {
  m_.extra().user = std::move(user);
}

std::string_view socket::user() const noexcept {
  const auto* x = m_.extra_if_any();
  return x ? std::string_view(x->user) : std::string_view();
}

void socket::emit_json(std::string_view event, payload args) {
  if (m_.present()) m_.owner().sockets().emit_to(m_, whole_namespace(m_), event, args);
}

void socket::volatile_emit_json(std::string_view event, payload args) {
  if (!m_.present()) return;
  auto to = whole_namespace(m_);
  to.is_volatile = true;
  m_.owner().sockets().emit_to(m_, to, event, args);
}

pending_emit socket::emit_json_with_ack(std::string_view event, payload args) {
  auto to = whole_namespace(m_);
  to.everybody = false;
  to.rooms.push_back(m_.id().str());
  return target(m_.owner().sockets().core().shared_from_this(), std::move(to))
      .emit_json_with_ack(event, std::move(args));
}

void socket::join(std::string_view room) {
  m_.owner().sockets().join(m_, room);
}
void socket::join(std::string_view room, std::function<void()> done) {
  m_.owner().sockets().join(m_, room, std::move(done));
}
void socket::leave(std::string_view room) {
  m_.owner().sockets().leave(m_, room);
}
std::vector<std::string> socket::rooms() const {
  return m_.owner().describe(m_).rooms;
}

target socket::broadcast() const {
  auto to = whole_namespace(m_);
  to.except.push_back(m_.id().str());
  return {m_.owner().sockets().core().shared_from_this(), std::move(to)};
}

void socket::on(std::string_view event, event_handler handler) {
  m_.extra().handlers.insert_or_assign(std::string(event), std::move(handler));
}

void socket::disconnect(bool close) {
  m_.owner().disconnect(m_, close);
}
void socket::close_transport() {
  m_.owner().close(close_reason::forced_server_close);
}

}  // namespace pushmesh
