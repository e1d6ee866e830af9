#include "actors/socket_actor.hpp"

#include <chrono>

#include "actors/guarded.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/session_keeper.hpp"

namespace pushmesh::actors {

socket_actor::socket_actor(caf::actor_config& cfg, local_sockets& sockets,
                           std::unique_ptr<net::connection> link, net::handshake&& request,
                           std::uint8_t protocol)
    : light_actor(cfg),
      sockets_(sockets),
      link_(std::move(link)),
      request_(std::move(request)),
      connect_deadline_(std::make_unique<connect_deadline>(*this)),
      protocol_(protocol) {
  auto& loop = home().loop();
  loop.timers().arm(*connect_deadline_, loop.now(), sockets_.core().options().connect_timeout);
}

socket_actor::~socket_actor() = default;

const packet_frames& socket_actor::frames() const noexcept {
  return sockets_.core().frames();
}

membership* socket_actor::in_namespace(std::string_view nsp) const noexcept {
  for (auto* m = memberships_.get(); m; m = m->sibling_.get())
    if (m->nsp().name() == nsp) return m;
  return nullptr;
}

std::unique_ptr<membership> socket_actor::unlink(membership& m) {
  auto* at = &memberships_;
  while (at->get() != &m) at = &(*at)->sibling_;
  auto out = std::move(*at);
  *at = std::move(out->sibling_);
  return out;
}

/// The membership ends without the application hearing of it (it never connected).
void socket_actor::forget(membership& m) {
  if (m.session_) sockets_.keeper()->give_back(m, false);
  auto gone = unlink(m);
  sockets_.remove(m);
  home().retire(std::move(gone));
}

/// The socket leaves its namespace, for whatever reason: the only way out for a joined one.
void socket_actor::left(membership& m, close_reason reason) {
  if (m.leaving_) return;
  if (!m.joined()) return forget(m);
  m.leaving_ = true;
  auto& handlers = m.nsp().shared->handlers();
  socket s{m};
  for (const auto& f : handlers.disconnecting) guarded("disconnecting", [&] { f(s, reason); });
  const auto keep = m.nsp().shared;
  if (m.session_) sockets_.keeper()->leave(m, reason);
  auto gone = unlink(m);
  sockets_.remove(m);
  sockets_.counters().disconnects[static_cast<std::size_t>(reason)].add();
  for (const auto& f : handlers.disconnect) guarded("disconnect", [&] { f(s, reason); });
  home().retire(std::move(gone));
}

/// The first socket that has not begun to leave.
membership* socket_actor::first_staying() const noexcept {
  auto* m = memberships_.get();
  while (m && m->leaving_) m = m->sibling_.get();
  return m;
}

void socket_actor::disconnect(membership& m, bool close_connection) {
  if (!m.present() || m.leaving_) return;
  if (!close_connection) {
    m.deliver(frames().disconnect(m.nsp().name()));
    left(m, close_reason::server_namespace_disconnect);
    return;
  }
  while (auto* each = first_staying()) {
    each->deliver(frames().disconnect(each->nsp().name()));
    left(*each, close_reason::server_namespace_disconnect);
  }
  close(close_reason::forced_server_close);
}

void socket_actor::displaced(membership& m) {
  close(close_reason::transport_close);
  left(m, close_reason::transport_close);
}

void socket_actor::on_closed(close_reason reason) {
  while (auto* m = first_staying()) left(*m, reason);
  cleanup(caf::error{}, &home());
}

/// The one way out. Idempotent; on the home shard. Whatever the actor holds goes here: the
/// destructor may run on any thread, whenever the last handle goes.
bool socket_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  if (link_) {
    while (auto* m = first_staying()) left(*m, close_reason::forced_server_close);
    connect_deadline_.reset();
    drop_partial();
    home().retire(std::move(link_));
    request_ = {};
    sockets_.remove_connection(*this);
  }
  return light_actor::cleanup(std::move(reason), host);
}

void socket_actor::on_exit_message(const caf::error&) {
  close(close_reason::forced_server_close);
}

socket_info socket_actor::describe(const membership& m) const {
  socket_info info;
  info.id = m.id();
  info.node = sockets_.core().name();
  info.nsp = m.nsp().name();
  if (const auto* x = m.extra_if_any()) info.user = x->user;
  info.address = std::string(request_.address());
  info.rooms = m.room_names();
  // A name of its own that is another one is among the rooms already.
  const bool named_by_id = !engine_id_ || m.nsp().name() == "/";
  if (!m.left_own_room_ && named_by_id) info.rooms.insert(info.rooms.begin(), m.id().str());
  return info;
}

socket_details socket_actor::details(const membership& m) const {
  socket_details d;
  d.info = describe(m);
  d.secure = request_.secure();
  d.target = std::string(request_.target());
  d.issued_ms = static_cast<std::uint64_t>(request_.issued_ms());
  for (const auto& [name, value] : request_.headers()) d.headers.emplace_back(name, value);
  return d;
}

void socket_actor::report_slow(std::string_view what, std::chrono::steady_clock::duration took) {
  sockets_.counters().slow_handlers.add();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  sockets_.core().log(log_level::warn, "handler of \"" + std::string(what) +
                                           "\" held its shard for " + std::to_string(ms) +
                                           " ms: every client of the shard waited");
}

void socket_actor::report_failure(std::string_view what, const char* why) {
  sockets_.counters().handler_errors.add();
  sockets_.core().log(log_level::error, "handler of \"" + std::string(what) + "\" failed: " + why +
                                            "; its connection is closed");
  close(close_reason::handler_failed);
}

void socket_actor::report_bad_argument(const char* why) {
  sockets_.counters().bad_arguments.add();
  sockets_.core().log(log_level::debug, why);
}

}  // namespace pushmesh::actors
