// The Socket.IO side of a socket_actor: packets in, admission through the middlewares.
#include <algorithm>

#include "actors/api_state.hpp"
#include "actors/guarded.hpp"
#include "actors/joined_text.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "actors/recovery/session_keeper.hpp"
#include "actors/socket_actor.hpp"
#include "net/protocol/engineio_request.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/msgpack_decoder.hpp"

namespace pushmesh::actors {

namespace {

/// CONNECT packets of a connection per second, unless it may have more than half as many
/// namespaces.
constexpr std::size_t least_connect_rate = 200;

std::string as_json(std::string_view text) {
  std::string out;
  net::append_json_string(out, text);
  return out;
}

// `a=1&b=2` as `{"a":"1","b":"2"}`, empty when there is none: the auth of protocol 4 clients. Of a
// repeated name readers take the last.
std::string query_as_json(std::string_view query) {
  std::string out;
  for (const auto& p : net::parse_query(query)) {
    out += out.empty() ? '{' : ',';
    out.append(as_json(p.name)).append(1, ':').append(as_json(p.value));
  }
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace

void socket_actor::protocol_error(std::string_view why) {
  sockets_.core().log(log_level::debug, "connection from " + std::string(request_.address()) +
                                            " closed: " + std::string(why));
  close(close_reason::parse_error);
}

bool socket_actor::message_allowed() {
  if (messages_.take(home().loop().now(), sockets_.core().options().max_message_rate)) return true;
  close(close_reason::rate_limited);
  return false;
}

std::size_t socket_actor::namespace_count() const noexcept {
  std::size_t n = 0;
  for (auto* m = memberships_.get(); m; m = m->sibling_.get()) ++n;
  return n;
}

void socket_actor::on_text(std::string_view text) {
  if (!message_allowed()) return;
  if (speaks_msgpack()) return protocol_error("text message, but this server speaks msgpack");
  if (partial_) return protocol_error(to_string(net::errc::attachment_due));
  if (net::announces_attachments(text)) return begin_partial(text);
  decode_packet(text, {});
}

void socket_actor::decode_packet(std::string_view text, std::span<const binary> attachments) {
  auto& elements = sockets_.elements();
  const auto packet = net::decode_socketio(text, home().loop().options().limits, elements);
  if (!packet) return protocol_error(to_string(packet.error()));
  on_packet(*packet, elements, attachments);
}

bool socket_actor::speaks_msgpack() const noexcept {
  return sockets_.core().options().parser == packet_parser::msgpack;
}

void socket_actor::on_msgpack(std::string_view bytes) {
  const auto packet = net::decode_msgpack(bytes, home().loop().options().limits);
  if (!packet) return protocol_error(to_string(packet.error()));
  decode_packet(packet->text, packet->attachments);
}

void socket_actor::begin_partial(std::string_view text) {
  auto begun = net::partial_packet::begin(text, home().loop().options().limits);
  if (!begun) return protocol_error(to_string(begun.error()));
  const auto& p = **begun;
  if (p.complete()) return on_packet(p.packet(), p.elements(), {});
  partial_ = &sockets_.partials().add(*this, *std::move(begun));
  keep_partials_bounded();
}

void socket_actor::on_binary(std::string_view bytes) {
  if (!message_allowed()) return;
  if (speaks_msgpack()) return on_msgpack(bytes);
  if (!partial_) return protocol_error(to_string(net::errc::unexpected_binary));
  auto& partials = sockets_.partials();
  partials.grow(*partial_, bytes);
  if (!partial_->packet->complete()) return keep_partials_bounded();
  const auto whole = partials.take(*std::exchange(partial_, nullptr));
  keep_partials_bounded();
  on_packet(whole->packet(), whole->elements(), whole->attachments());
}

// May give up this connection's own.
void socket_actor::keep_partials_bounded() {
  auto& partials = sockets_.partials();
  const auto max = sockets_.core().max_partial_bytes_per_shard();
  while (auto* const oldest = partials.give_up_oldest(max)) {
    oldest->partial_ = nullptr;
    oldest->close(close_reason::node_overloaded);
  }
  sockets_.counters().partial_bytes.set(static_cast<std::int64_t>(partials.bytes()));
}

void socket_actor::drop_partial() {
  if (!partial_) return;
  sockets_.partials().take(*std::exchange(partial_, nullptr));
  keep_partials_bounded();
}

void socket_actor::on_packet(const net::socketio_packet& p,
                             const std::vector<std::string_view>& elements,
                             std::span<const binary> attachments) {
  using type = net::socketio_type;
  if (p.type == type::connect) return on_connect(p);

  // Whatever else names a namespace that was not joined ends the connection, as in the official
  // server: the two sides disagree about the state.
  auto* const m = in_namespace(p.nsp);
  if (!m || !m->joined()) return close(close_reason::forced_server_close);
  switch (p.type) {
    case type::event:
    case type::binary_event:
      return on_event(*m, p, elements, attachments);
    case type::ack:
    case type::binary_ack:
      if (const auto id = net::parse_ack_id(p.ack_id))
        sockets_.answer(*m, *id, joined_text(elements, 0), attachments);
      return;
    case type::disconnect:
      return left(*m, close_reason::client_namespace_disconnect);
    default:
      return protocol_error("this packet type is not for servers");
  }
}

void socket_actor::begin(std::string_view sid) {
  const auto id = socket_id::parse(sid);
  if (protocol_ != 3 || !id) return;
  engine_id_ = std::make_unique<socket_id>(*id);
  join(*sockets_.enter_namespace("/"), *id, {});
}

std::string socket_actor::client_id(const membership& m) const {
  const auto& nsp = m.nsp().name();
  if (!engine_id_ || nsp == "/") return m.id().str();
  return nsp + '#' + engine_id_->str();
}

// Joining costs much more than a message, as middlewares may verify signatures: each takes such a
// share of what the connection may send in a second that only so many fit.
void socket_actor::on_connect(const net::socketio_packet& p) {
  const auto& options = sockets_.core().options();
  const auto most =
      static_cast<std::uint32_t>(std::max(least_connect_rate, 2 * options.max_namespaces));
  if (!messages_.take(home().loop().now(), most)) return close(close_reason::rate_limited);
  if (in_namespace(p.nsp)) return close(close_reason::forced_server_close);
  if (namespace_count() >= options.max_namespaces) {
    sockets_.counters().namespaces_refused.add();
    link_->send(frames().connect_error(p.nsp, "Too many namespaces"));
    return;
  }
  auto* const ns = sockets_.enter_namespace(p.nsp);
  if (!ns) {
    return link_->send(protocol_ == 3
                           ? frames().error_v4(p.nsp, R"({"message":"Invalid namespace"})")
                           : frames().connect_error(p.nsp, "Invalid namespace"));
  }
  if (sockets_.keeper() && protocol_ != 3 && resume(*ns, p)) return;
  auto auth = std::string(p.payload == "{}" ? std::string_view() : p.payload);
  if (protocol_ == 3) auth = query_as_json(p.nsp_query);
  // Looked up again: whom the claim displaced may have been its last one.
  join(*sockets_.enter_namespace(p.nsp), sockets_.new_id(), std::move(auth));
}

bool socket_actor::resume(local_namespace& ns, const net::socketio_packet& p) {
  const auto claim = read_claim(p.payload);
  if (!claim) return false;
  auto& keeper = *sockets_.keeper();
  if (auto homes = keeper.homes_of(claim->pid, ns.name()); !homes.empty()) {
    resume_from(ns, *claim, std::move(homes), std::string(p.payload));
    return true;
  }
  auto* const s = keeper.claim(ns, *claim);
  if (!s) return false;
  resume(ns, *s, std::string(p.payload));
  return true;
}

void socket_actor::resume(local_namespace& ns, session& s, std::string auth) {
  auto& m = add_membership(ns, s.sid, std::move(auth));
  sockets_.keeper()->resume(s, m);
  sockets_.keeper()->skips_middlewares() ? admit(m) : middleware_passed(m);
}

// Until the session is here, a socket of its own waits in the namespace, which becomes a new one if
// there is no session.
void socket_actor::resume_from(local_namespace& ns, const session_claim& claim,
                               std::vector<std::shared_ptr<session_home>> homes, std::string auth) {
  const auto fresh = sockets_.new_id();
  add_membership(ns, fresh, std::move(auth));
  auto go_on = [&s = sockets_, fresh](session* found) {
    auto* const m = s.find(fresh);
    if (!m) return;  // gone again; the session waits here for the next time
    auto& self = m->owner();
    if (!found) return self.middleware_passed(*m);
    auto& in = m->nsp();
    auto auth = m->extra().auth;
    ++in.joining;  // keeps it for what comes now
    self.forget(*m);
    --in.joining;
    self.resume(in, *found, std::move(auth));
  };
  sockets_.keeper()->fetch(claim, ns.name(), std::move(homes), std::move(go_on));
}

void socket_actor::join(local_namespace& ns, const socket_id& id, std::string auth) {
  middleware_passed(add_membership(ns, id, std::move(auth)));
}

membership& socket_actor::add_membership(local_namespace& ns, const socket_id& id,
                                         std::string auth) {
  auto made = std::make_unique<membership>(id, *this, *link_, ns);
  auto& m = *made;
  if (!auth.empty()) m.extra().auth = std::move(auth);
  made->sibling_ = std::move(memberships_);
  memberships_ = std::move(made);
  sockets_.add(m);
  return m;
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
  const auto& nsp = m.nsp().name();
  if (protocol_ == 3)
    m.deliver(frames().error_v4(nsp, why.data.empty() ? as_json(why.message) : why.data));
  else
    m.deliver(frames().connect_error(nsp, why.message, why.data));
  if (m.session_) sockets_.keeper()->give_back(m, true);
  forget(m);
}

void socket_actor::admit(membership& m) {
  connect_deadline_.reset();
  sockets_.joined(m);
  if (!answer_connect(m)) return;
  // What such a client calls itself is a room like any other.
  if (const auto name = client_id(m); name != m.id().view()) sockets_.join(m, name);
  socket s{m};
  for (const auto& f : m.nsp().shared->handlers().connection) {
    if (!m.joined()) return;
    guarded("connection", [&] { f(s); });
  }
}

bool socket_actor::answer_connect(membership& m) {
  const auto& nsp = m.nsp().name();
  auto* const keeper = sockets_.keeper();
  if (m.session_) {
    if (keeper->admit(m)) return true;
    // Its middlewares took so long that what it missed is gone: the client has to begin anew.
    keeper->give_back(m, true);
    close(close_reason::forced_server_close);
    return false;
  }
  if (protocol_ == 3)
    m.deliver(frames().connect_v4(nsp));
  else if (keeper)
    m.deliver(frames().connect(nsp, m.id().view(), keeper->open(m).view()));
  else
    m.deliver(frames().connect(nsp, m.id().view()));
  return true;
}

void socket_actor::on_event(membership& m, const net::socketio_packet& p,
                            const std::vector<std::string_view>& elements,
                            std::span<const binary> attachments) {
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
  event e{m, name, elements, attachments, p.ack_id};
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
