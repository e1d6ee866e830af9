// The Socket.IO side of a socket_actor: packets in, admission through the middlewares.
#include "actors/api_state.hpp"
#include "actors/guarded.hpp"
#include "actors/joined_text.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/socket_actor.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::actors {

void socket_actor::protocol_error(std::string_view why) {
  sockets_.core().log(log_level::debug, "connection from " + std::string(request_.address()) +
                                            " closed: " + std::string(why));
  close(close_reason::parse_error);
}

void socket_actor::on_binary(std::string_view) {
  protocol_error(to_string(net::errc::unexpected_binary));
}

void socket_actor::on_text(std::string_view text) {
  const auto packet =
      net::decode_socketio(text, home().loop().options().limits, sockets_.elements());
  if (!packet) return protocol_error(to_string(packet.error()));
  if (packet->type == net::socketio_type::connect) return on_connect(*packet);

  // Whatever else names a namespace that was not joined ends the connection, as in the official
  // server: the two sides disagree about the state.
  auto* const m = in_namespace(packet->nsp);
  if (!m || !m->joined()) return close(close_reason::forced_server_close);
  switch (packet->type) {
    case net::socketio_type::event:
      return on_event(*m, *packet);
    case net::socketio_type::ack:
      if (const auto id = net::parse_ack_id(packet->ack_id))
        sockets_.answer(*m, *id, payload(joined_text(sockets_.elements(), 0)));
      return;
    case net::socketio_type::disconnect:
      return left(*m, close_reason::client_namespace_disconnect);
    default:
      return protocol_error("this packet type is not for servers");
  }
}

void socket_actor::on_connect(const net::socketio_packet& p) {
  if (in_namespace(p.nsp)) return close(close_reason::forced_server_close);
  auto* const ns = sockets_.enter_namespace(p.nsp);
  if (!ns) {
    link_->send(frames().connect_error(p.nsp, "Invalid namespace"));
    return;
  }
  auto made = std::make_unique<membership>(sockets_.new_id(), *this, *link_, *ns);
  auto& m = *made;
  if (!p.payload.empty() && p.payload != "{}") m.extra().auth = std::string(p.payload);
  made->sibling_ = std::move(memberships_);
  memberships_ = std::move(made);
  sockets_.add(m);
  middleware_passed(m);
}

void socket_actor::middleware_passed(membership& m) {
  const auto& chain = m.nsp().shared->handlers().middlewares;
  if (m.next_middleware_ == chain.size()) return admit(m);
  const auto& now = chain[m.next_middleware_++];
  auto answer = next{std::make_shared<next::state>(sockets_.core().weak_from_this(), m.id())};
  socket s{m};
  guarded("middleware", [&] { now(s, std::move(answer)); });
}

void socket_actor::middleware_refused(membership& m, const connect_error& why) {
  m.deliver(frames().connect_error(m.nsp().name(), why.message, why.data));
  forget(m);
}

void socket_actor::admit(membership& m) {
  connect_deadline_.reset();
  sockets_.joined(m);
  m.deliver(frames().connect(m.nsp().name(), m.id().view()));
  socket s{m};
  for (const auto& f : m.nsp().shared->handlers().connection) {
    if (!m.joined()) return;
    guarded("connection", [&] { f(s); });
  }
}

void socket_actor::on_event(membership& m, const net::socketio_packet& p) {
  const auto& elements = sockets_.elements();
  if (elements.empty()) return;  // `42` without data is legal and means nothing
  sockets_.counters().events_in.add();
  // Names without escapes, nearly all, are used where they stand.
  const auto raw = elements.front();
  std::string decoded;
  std::string_view name = raw;
  if (raw.starts_with('"')) {
    name = raw.substr(1, raw.size() - 2);
    if (name.find('\\') != name.npos) name = decoded = net::decode_json_string(raw);
  }
  event e{m, name, elements, {}, p.ack_id};
  run_handlers(m, e);
}

void socket_actor::run_posted(membership& m, const std::function<void(socket&)>& fn) {
  socket s{m};
  guarded("post", [&] { fn(s); });
}

void socket_actor::run_handlers(membership& m, event& e) {
  socket s{m};
  if (const auto* x = m.extra_if_any()) {
    if (const auto own = x->handlers.find(e.name()); own != x->handlers.end()) {
      const auto handler = own->second;  // it may replace itself
      guarded(e.name(), [&] { handler(s, e); });
      return;
    }
  }
  const auto& table = m.nsp().shared->handlers();
  const auto found = table.events.find(e.name());
  const auto& handler = found != table.events.end() ? found->second : table.any;
  if (handler) guarded(e.name(), [&] { handler(s, e); });
}

}  // namespace pushmesh::actors
