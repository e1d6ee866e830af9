#include "cluster/link/node_sink.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "actors/bridge/emit_publisher.hpp"
#include "actors/local_sockets.hpp"
#include "actors/node_core.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/peer_session_link.hpp"
#include "cluster/link/wire_address.hpp"
#include "cluster/link/wire_replies.hpp"
#include "cluster/link/wire_v1.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/transport/relay/session_relay.hpp"

namespace pushmesh::cluster {

namespace {

/// What a client may wait for other nodes.
constexpr auto client_patience = std::chrono::seconds(5);

bool same(const wire_v1::texts& a, const std::vector<std::string>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

}  // namespace

node_sink::node_sink(mesh& m, peer_ref peer)
    : mesh_(m),
      peer_(std::move(peer)),
      from_client_(peer_->identity.role == peer_role::client),
      link_(std::make_shared<peer_session_link>(peer_)),
      batch_(m.core()) {}

/// The other side is lost: its watches are of no use to anybody.
node_sink::~node_sink() {
  auto& core = mesh_.core();
  for (const auto& w : watched_->take_all())
    if (auto* const home = core.shard_of(w.socket))
      home->post([&core, home, w] { core.sockets_of(*home).forget(w.socket, w.watcher); });
}

void node_sink::take(const wire_v1::item& item, bool lasts) {
  lasts_ = lasts;
  std::visit([this](const auto& x) { handle(x); }, item);
}

void node_sink::end_of_batch(std::shared_ptr<void> token) {
  batch_.submit(std::move(token));
}

node_sink::shared_address node_sink::address_of(const wire_v1::address& a) {
  const auto& last = last_address_;
  if (last && last->nsp == a.nsp && last->everybody == a.everybody &&
      last->is_volatile == a.is_volatile && same(a.rooms, last->rooms) &&
      same(a.except, last->except))
    return last;
  auto to = std::make_shared<actors::address>(from_wire(a));
  if (const auto space = mesh_.core().namespaces().find(to->nsp)) to->handlers = &space->handlers();
  last_address_ = to;
  return to;
}

/// Collects an answer and sends it to who asked.
template <class Collector, class Result>
std::shared_ptr<Collector> node_sink::reply_to(wire_v1::request_id id) {
  auto& core = mesh_.core();
  return std::make_shared<Collector>(
      core.routes().here().home_of_caller(),
      [id, peer = peer_, &core](Result r) { send_reply(*peer->outbox, id, r, core.name()); });
}

void node_sink::note(emit_result result) {
  for (auto& name : result.dropped)
    if (std::find(dropped_.begin(), dropped_.end(), name) == dropped_.end())
      dropped_.push_back(std::move(name));
}

void node_sink::handle(const wire_v1::emit& x) {
  if (net::is_reserved_event(x.event)) return;  // no server of ours sends this
  const auto to = address_of(x.to);
  if (x.ack) return ask(x, to);
  const bool is_plain = lasts_ && !from_client_ && x.attachments.empty() && !x.to.has_offset &&
                        !mesh_.core().options().recovery.enabled();
  if (is_plain && mesh_.core().routes().here().emit_to_one_shard(to, x.event, x.args, batch_))
    return;
  read_payload(args_, x);
  const auto theirs = take_offset(x, args_);
  const auto offset =
      theirs && mesh_.core().options().recovery.enabled() ? theirs : mesh_.core().next_offset(*to);
  mesh_.core().routes().here().emit(to, x.event, args_, offset, batch_);
  if (from_client_) {
    note(mesh_.emit(*to, x.event, args_, offset));
    if (auto* const p = mesh_.core().publisher()) p->publish(*to, x.event, args_);
  }
  if (args_.json.capacity() > wire_v1::max_item) args_ = {};
}

void node_sink::ask(const wire_v1::emit& x, const shared_address& to) {
  auto& routes = mesh_.core().routes();
  const auto id = routes.next_request_id();
  {
    std::lock_guard lock(asked_->mutex);
    asked_->ours.emplace(x.ack->id.value, id);
  }
  auto answer = [theirs = x.ack->id, asked = asked_, peer = peer_,
                 &core = mesh_.core()](ack_result r) {
    {
      std::lock_guard lock(asked->mutex);
      asked->ours.erase(theirs.value);
    }
    send_reply(*peer->outbox, theirs, r, core.name());
  };
  const ack_terms terms{x.ack->timeout, x.ack->until_first_loss};
  actors::ack_collector::loss loss;
  if (from_client_) {
    loss.in = [early = terms.until_first_loss](const ack_result& part) {
      return !part.nodes_missing.empty() || (early && !part.left.empty());
    };
  } else {
    loss.in = [early = terms.until_first_loss](const ack_result& part) {
      return early && !part.left.empty();
    };
  }
  loss.hurry = [this_mesh = &mesh_, id, &routes, beyond = from_client_] {
    routes.here().finish(id);
    if (beyond) this_mesh->finish(id);
  };
  const auto into = std::make_shared<actors::ack_collector>(routes.here().home_of_caller(),
                                                            std::move(answer), std::move(loss));
  const auto args = payload_of_item(x);
  routes.here().emit_with_ack(to, x.event, args, id, terms, into, &batch_);
  if (from_client_) mesh_.emit_with_ack(*to, x.event, args, id, terms, into);
  into->launched();
}

void node_sink::handle(const wire_v1::ack_finish& x) {
  std::lock_guard lock(asked_->mutex);
  const auto found = asked_->ours.find(x.id.value);
  if (found == asked_->ours.end()) return;
  // Behind the emit, which may still be in this batch.
  for (const auto& s : mesh_.core().shards())
    batch_.run(*s, [id = found->second](actors::local_sockets& on) { on.finish_acks(id); });
}

void node_sink::handle(const wire_v1::rooms_join& x) {
  const auto to = address_of(x.to);
  auto rooms = x.rooms.copy<std::string>();
  if (from_client_) note(mesh_.join(*to, rooms));
  mesh_.core().routes().here().join(to, std::move(rooms), &batch_);
}

void node_sink::handle(const wire_v1::rooms_leave& x) {
  const auto to = address_of(x.to);
  auto rooms = x.rooms.copy<std::string>();
  if (from_client_) note(mesh_.leave(*to, rooms));
  mesh_.core().routes().here().leave(to, std::move(rooms), &batch_);
}

void node_sink::handle(const wire_v1::disconnect& x) {
  const auto to = address_of(x.to);
  if (from_client_) note(mesh_.disconnect(*to, x.close));
  mesh_.core().routes().here().disconnect(to, x.close, &batch_);
}

void node_sink::handle(const wire_v1::fetch_request& x) {
  const auto to = address_of(x.to);
  const auto into = reply_to<actors::fetch_collector, fetch_result>(x.id);
  auto& routes = mesh_.core().routes();
  routes.here().fetch(to, into, &batch_);
  if (from_client_) mesh_.fetch(*to, routes.next_request_id(), client_patience, into);
  into->launched();
}

void node_sink::handle(const wire_v1::server_emit& x) {
  auto& routes = mesh_.core().routes();
  std::shared_ptr<actors::server_reply_collector> into;
  if (x.ack) into = reply_to<actors::server_reply_collector, server_reply_result>(x.ack->id);
  const auto args = payload_of_item(x);
  routes.here().server_event(x.nsp, x.event, args, peer_->name(), into);
  if (from_client_)
    note(mesh_.server_emit(x.nsp, x.event, args, routes.next_request_id(),
                           x.ack ? x.ack->timeout : std::chrono::milliseconds{}, into));
  if (into) into->launched();
}

void node_sink::handle(const wire_v1::watch& x) {
  auto& core = mesh_.core();
  auto* const home = core.shard_of(x.socket);
  const peer_watches::watch w{x.socket, core.routes().next_request_id()};
  if (!home || !watched_->add(x.id, w))
    return void(peer_->outbox->send(wire_v1::watch_ended{x.id}));
  const auto gone = [id = x.id, peer = peer_, watched = watched_] {
    if (watched->take(id)) peer->outbox->send(wire_v1::watch_ended{id});
  };
  batch_.run(*home,
             [w, gone](actors::local_sockets& s) { s.when_gone(w.socket, w.watcher, gone); });
}

void node_sink::handle(const wire_v1::unwatch& x) {
  const auto w = watched_->take(x.id);
  if (!w) return;
  auto* const home = mesh_.core().shard_of(w->socket);
  batch_.run(*home, [w = *w](actors::local_sockets& s) { s.forget(w.socket, w.watcher); });
}

void node_sink::handle(const wire_v1::sync& x) {
  peer_->outbox->send(wire_v1::sync_reply{x.id, std::exchange(dropped_, {})});
}

void node_sink::handle(const wire_v1::lookup_request& x) {
  auto& core = mesh_.core();
  const auto into = reply_to<actors::lookup_collector, lookup_result>(x.id);
  if (from_client_) {
    into->expect(1);
    core.routes().lookup(x.socket, client_patience,
                         [into](lookup_result r) { into->add(std::move(r)); });
  } else if (core.shard_of(x.socket)) {
    core.routes().here().lookup(x.socket, into);
  }
  into->launched();
}

void node_sink::handle(const wire_v1::nodes_request& x) {
  const auto peers = mesh_.directory().all();
  const auto& own = mesh_.own();
  std::vector<wire_v1::node_entry> nodes{{own.name, own.address, own.tag}};
  for (const auto& p : peers)
    nodes.push_back({p->identity.name, p->identity.address, p->identity.tag});
  peer_->outbox->send(wire_v1::nodes_reply{x.id, nodes});
}

void node_sink::handle(const wire_v1::interest_delta& x) {
  switch (mesh_.directory().apply(peer_->link, {x.first_sequence, x.changes.copy()})) {
    case interest_table::outcome::current:
      peer_->outbox->send(wire_v1::interest_confirm{mesh_.directory().confirmed(peer_->link)});
      break;
    case interest_table::outcome::repair:
      peer_->outbox->send(wire_v1::interest_repair{});
      break;
    case interest_table::outcome::waiting:
      break;
  }
}

void node_sink::handle(const wire_v1::snapshot_part& x) {
  const auto rooms = x.rooms.copy();
  switch (mesh_.directory().snapshot(peer_->link, x.whole, x.offset, rooms)) {
    case interest_table::outcome::current:
      peer_->outbox->send(wire_v1::interest_confirm{mesh_.directory().confirmed(peer_->link)});
      break;
    case interest_table::outcome::repair:
      peer_->outbox->send(wire_v1::interest_repair{});
      break;
    case interest_table::outcome::waiting:
      break;
  }
}

void node_sink::handle(const wire_v1::interest_check& x) {
  if (mesh_.directory().check(peer_->link, x.digest) == interest_table::outcome::repair)
    peer_->outbox->send(wire_v1::interest_repair{});
}

void node_sink::handle(const wire_v1::interest_confirm& x) {
  mesh_.interest().confirmed(peer_->link, x.sequence);
}

void node_sink::handle(const wire_v1::interest_repair&) {
  mesh_.interest().repair(peer_->link);
}

void node_sink::handle(const wire_v1::ack_part& x) {
  mesh_.acks().answer(x.id.value, peer_->link, from_wire(x, peer_->name()), x.final);
}
void node_sink::handle(const wire_v1::fetch_reply& x) {
  mesh_.fetches().answer(x.id.value, peer_->link, from_wire(x, peer_->name()), x.final);
}
void node_sink::handle(const wire_v1::lookup_reply& x) {
  mesh_.lookups().answer(x.id.value, peer_->link, from_wire(x, peer_->name()), true);
}
void node_sink::handle(const wire_v1::server_emit_reply& x) {
  mesh_.server_emits().answer(x.id.value, peer_->link, from_wire(x, peer_->name()), x.final);
}
void node_sink::handle(const wire_v1::watch_ended& x) {
  mesh_.watches().ended(x.id.value, peer_->link);
}

// ---- clients that are connected to the other node, and ours of sessions there ------------------

/// A session that no shard has is unknown to the first one, which says so.
std::size_t node_sink::shard_of(const socket_id& sid) const noexcept {
  const auto* const home = mesh_.core().shard_of(sid);
  return home ? home->index() : 0;
}

void node_sink::give(std::size_t shard, net::relay_message message) {
  const auto& shards = mesh_.core().shards();
  if (from_client_ || shard >= shards.size()) return;
  auto given = std::make_shared<net::relay_message>(std::move(message));
  batch_.run(*shards[shard], [link = link_, given = std::move(given)](actors::local_sockets& on) {
    on.home().loop().relay().take(link, std::move(*given));
  });
}

void node_sink::handle(const wire_v1::session_request& x) {
  give(shard_of(x.sid), from_wire(x));
}
void node_sink::handle(const wire_v1::tunnel_open& x) {
  give(shard_of(x.sid), from_wire(x));
}
void node_sink::handle(const wire_v1::session_answer& x) {
  give(net::loop_of(x.exchange), from_wire(x));
}
void node_sink::handle(const wire_v1::tunnel_data& x) {
  give(x.at.shard, from_wire(x));
}
void node_sink::handle(const wire_v1::tunnel_credit& x) {
  give(x.at.shard, from_wire(x));
}
void node_sink::handle(const wire_v1::tunnel_end& x) {
  give(x.at.shard, from_wire(x));
}

// ---- the lease feed -----------------------------------------------------------------------------

/// On the bridge's shard, behind what came before: that one is the last, so in the queues of the
/// others this batch stands before anything that the call makes.
void node_sink::on_bridge(std::function<void()> call) {
  auto* const home = mesh_.feeds().home();
  if (home && call) batch_.run(*home, [call = std::move(call)](actors::local_sockets&) { call(); });
}

void node_sink::handle(const wire_v1::bridging& x) {
  if (!from_client_) on_bridge(mesh_.feeds().take(peer_, x));
}
void node_sink::handle(const wire_v1::feed_ask& x) {
  if (!from_client_) mesh_.feeds().take(peer_, x);
}
void node_sink::handle(const wire_v1::feed_news& x) {
  if (!from_client_) on_bridge(mesh_.feeds().take(peer_, x));
}
void node_sink::handle(const wire_v1::publish& x) {
  if (!from_client_) on_bridge(mesh_.feeds().take(x));
}

}  // namespace pushmesh::cluster
