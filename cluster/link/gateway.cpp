#include "cluster/link/gateway.hpp"

#include <sys/random.h>

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <set>
#include <utility>

#include "actors/shard.hpp"
#include "cluster/host_port.hpp"
#include "cluster/link/peer_link.hpp"

namespace pushmesh::cluster {

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(50);
/// The middleman serves one dial at a time; membership gives up earlier.
constexpr auto longest_dial = std::chrono::seconds(30);
constexpr int debug = 0, info = 1, warn = 2, error = 3;

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits)
    bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return bits;
}

}  // namespace

gateway::gateway(caf::actor_config& cfg, gateway_setup setup)
    : guarded_actor(cfg),
      setup_(std::move(setup)),
      members_(setup_.own, setup_.peers, random_bits, setup_.options),
      probes_(std::make_unique<net::connect_probe>()) {}

gateway::~gateway() = default;

caf::behavior gateway::make_behavior() {
  set_default_handler(caf::drop);
  set_exception_handler([this](std::exception_ptr&) -> caf::error {
    setup_.log(error, "cluster: an exception in our own code");
    return caf::none;
  });
  send(this, link_tick{});
  return {
      [this](const link_tick&) { tick(); },
      [this](const link_batch& b) { accept(b); },
      [this](const link_news& n) { take(n); },
      [this](const probe_answer& a) { run(members_.probed(a.link, a.answered, clock::now())); },
      [this](const lookup_answer& a) {
        run(members_.resolved(a.target, a.addresses, clock::now()));
      },
      [this](const interest_wake&) { setup_.services->tick(clock::now()); },
      [this](const gateway_leave&) -> caf::result<void> {
        left_ = make_response_promise();
        begin_leave();
        return caf::delegated<void>();
      },
      [this](const gateway_stop&) { quit(); },
  };
}

void gateway::on_exit() {
  probes_.reset();
  for (auto& [link, record] : links_)
    tell(link, {.order = link_order::what::drop, .reason = drop_reason::deadline});
  for (auto& [link, record] : links_) forget(link);
  links_.clear();
  setup_.view->publish({});
  setup_ = {};
}

void gateway::tick() {
  if (!leaving_) {
    delayed_send(this, tick_interval, link_tick{});
    run(members_.tick(clock::now()));
  }
  setup_.services->tick(clock::now());
  show();
}

void gateway::show() {
  gateway_view::state s;
  for (const auto& [link, record] : links_)
    if (record.peer) s.peers.push_back(record.peer);
  s.routes = members_.routes();
  s.history = history_.all();
  setup_.view->publish(std::move(s));
}

void gateway::run(const membership::actions& actions) {
  for (const auto& a : actions) carry_out(a);
}

void gateway::carry_out(const membership_action& a) {
  switch (a.task) {
    case membership_task::look_up:
      return look_up(a.address);
    case membership_task::probe:
      return probe(a);
    case membership_task::dial:
      return dial(a);
    case membership_task::send_hello:
      return tell(a.link, {.order = link_order::what::hello, .verdict = a.verdict, .text = a.text});
    case membership_task::send_welcome:
      return tell(a.link, {.order = link_order::what::welcome});
    case membership_task::send_gossip:
      return tell(a.link, {.order = link_order::what::gossip, .addresses = a.gossip});
    case membership_task::drop:
      return drop(a);
    case membership_task::peer_up:
      return peer_up(a);
    case membership_task::peer_down:
      return peer_down(a);
    case membership_task::restart:
      setup_.log(error, "cluster: " + a.text);
      return setup_.on_restart(a.text);
    case membership_task::log:
      return setup_.log(warn, "cluster: " + a.text);
  }
}

// ---- addresses ----------------------------------------------------------------------------------

void gateway::look_up(const std::string& target) {
  const auto where = host_port::parse(target);
  if (!where) return;
  probes_->look_up(where->host, [self = caf::actor_cast<caf::actor>(this), target,
                                 port = where->port](std::vector<std::string> found) {
    std::set<std::string> addresses;
    for (auto& ip : found) addresses.insert(host_port{std::move(ip), port}.str());
    caf::anon_send(self, lookup_answer{target, {addresses.begin(), addresses.end()}});
  });
}

void gateway::probe(const membership_action& a) {
  const auto where = host_port::parse(a.address);
  const auto answer = [self = caf::actor_cast<caf::actor>(this), link = a.link](bool answered) {
    caf::anon_send(self, probe_answer{link, answered});
  };
  if (!where) return answer(false);
  probes_->connect(where->host, where->port, setup_.options.probe_deadline, answer);
}

void gateway::dial(const membership_action& a) {
  const auto where = host_port::parse(a.address);
  auto& system = home_system();
  const auto& middleman =
      setup_.tls ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
  request(middleman, longest_dial, caf::connect_atom::value, where->host, where->port)
      .then([this, link = a.link](const caf::node_id&, const caf::strong_actor_ptr& remote,
                                  const std::set<std::string>&) { dialled(link, remote); },
            [this, link = a.link](const caf::error& e) {
              // The probe was answered just before, so whoever listens there is alive.
              const auto cut = e == caf::sec::disconnect_during_handshake;
              run(members_.dialled(link, cut ? dial_result::cut_by_tick : dial_result::failed,
                                   clock::now()));
            });
}

void gateway::dialled(link_id link, const caf::strong_actor_ptr& remote) {
  if (leaving_) return;
  if (!remote || remote->node() == home_system().node()) {
    run(members_.dialled(link, dial_result::failed, clock::now()));
    return;
  }
  // First what membership says to it: only then there is somebody to tell.
  make_link(link, remote, true);
  const auto actions = members_.dialled(link, dial_result::connected, clock::now());
  if (actions.empty()) return drop({membership_task::drop, link, drop_reason::deadline});
  run(actions);
}

// ---- links --------------------------------------------------------------------------------------

/// Somebody's first message. Later ones go to the link that it makes here.
void gateway::accept(const link_batch& b) {
  if (leaving_ || !from_outside()) return;
  const auto sender = current_sender();
  const auto link = members_.accepted(clock::now());
  if (!link) return;
  const auto handle = make_link(*link, sender, false).handle;
  send_as(caf::actor_cast<caf::actor>(sender), handle, b);
}

gateway::link_record& gateway::make_link(link_id link, const caf::strong_actor_ptr& remote,
                                         bool by_us) {
  // The outbox wakes a link that does not exist yet: it learns of it below, before any push.
  auto target = std::make_shared<caf::actor>();
  auto outbox = std::make_shared<peer_outbox>([target](wake_up how) {
    const auto wake = [target] { caf::anon_send(*target, link_wake{}); };
    // A shard sends at the end of its turn, as to its clients: under load, items gather.
    auto* const shard = how == wake_up::gather ? actors::shard::current() : nullptr;
    shard ? shard->at_turn_end(wake) : wake();
  });
  peer_link::setup s;
  s.link = link;
  s.gateway = caf::actor_cast<caf::actor>(this);
  s.remote = caf::actor_cast<caf::actor>(remote);
  s.dialled = by_us;
  s.own = setup_.own;
  s.outbox = outbox;
  s.services = setup_.services;
  auto handle = home_system().spawn<peer_link, caf::hidden>(std::move(s));
  *target = handle;
  return links_[link] = {std::move(handle), std::move(outbox), {}};
}

void gateway::tell(link_id link, link_order order) {
  const auto found = links_.find(link);
  if (found != links_.end()) send(found->second.handle, std::move(order));
}

void gateway::peer_up(const membership_action& a) {
  const auto found = links_.find(a.link);
  if (found == links_.end()) return;
  auto& record = found->second;
  record.peer = std::make_shared<linked_peer>();
  record.peer->link = a.link;
  record.peer->identity = a.peer;
  record.peer->outbox = record.outbox;
  record.peer->since = clock::now();
  if (record.peer->is_node()) history_.came_up(a.peer.name);
  setup_.services->peer_up(record.peer);
  tell(a.link, {.order = link_order::what::up, .peer = record.peer});
  const auto* const kind = record.peer->is_node() ? "peer" : "client";
  setup_.log(info, std::string("cluster: ") + kind + " " + a.peer.name + " (" +
                       a.peer.incarnation.brief() + ") is up");
  show();
}

void gateway::peer_down(const membership_action& a) {
  const auto found = links_.find(a.link);
  if (found == links_.end() || !found->second.peer) return;
  const auto lost = close(found->second);
  const auto is_client = a.peer.role == peer_role::client;
  setup_.log(is_client ? info : warn,
             std::string("cluster: ") + (is_client ? "client " : "peer ") + a.peer.name + " (" +
                 a.peer.incarnation.brief() + ") is down: " + a.text + "; " +
                 std::to_string(lost.items) + " messages for it were dropped");
  // Its link has ended by itself, or is dropped by another action.
  tell(a.link, {.order = link_order::what::drop, .reason = drop_reason::deadline});
  links_.erase(found);
  show();
}

void gateway::drop(const membership_action& a) {
  tell(a.link,
       {.order = link_order::what::drop, .verdict = a.verdict, .reason = a.reason, .text = a.text});
  // A link that was up is forgotten when it is told to be down: in the same batch of actions.
  const auto found = links_.find(a.link);
  if (found != links_.end() && !found->second.peer) links_.erase(found);
}

void gateway::forget(link_id link) {
  const auto found = links_.find(link);
  if (found != links_.end() && found->second.peer) close(found->second);
}

/// Of a link that was up: nothing is sent by it any more, and nobody waits for it.
link_queue::lost gateway::close(link_record& record) {
  auto lost = record.outbox->close();
  setup_.services->peer_down(record.peer);
  using how = peer_history::state;
  if (record.peer->is_node())
    history_.went_down(record.peer->name(), record.said_goodbye ? how::left : how::lost,
                       lost.items);
  return lost;
}

void gateway::take(const link_news& n) {
  if (leaving_) {
    if (n.news == link_news::what::lost) links_.erase(n.link);
    return check_left();
  }
  const auto now = clock::now();
  switch (n.news) {
    case link_news::what::hello:
      run(members_.hello(n.link, *n.identity, now));
      break;
    case link_news::what::welcome:
      run(members_.welcome(n.link, now));
      break;
    case link_news::what::refused:
      run(members_.refused(n.link, n.verdict, n.text, now, n.identity));
      drop({membership_task::drop, n.link, drop_reason::deadline});
      break;
    case link_news::what::lost:
      setup_.log(debug, "cluster: link " + std::to_string(n.link) + " ended: " + n.text);
      run(members_.lost(n.link, n.text, now));
      links_.erase(n.link);
      break;
    case link_news::what::goodbye:
      if (const auto found = links_.find(n.link); found != links_.end())
        found->second.said_goodbye = true;
      run(members_.goodbye(n.link, now));
      break;
    case link_news::what::gossip:
      members_.gossip(n.link, n.addresses, now);
      break;
    case link_news::what::suspected:
    case link_news::what::recovered:
      members_.suspect(n.link, n.news == link_news::what::suspected);
      break;
  }
}

// ---- the end ------------------------------------------------------------------------------------

/// Each link says its goodbye, then tells that it has ended. Until then its outbox takes what it is
/// given, of which nothing is sent.
void gateway::begin_leave() {
  leaving_ = true;
  for (const auto& [link, record] : links_) {
    if (record.peer) setup_.services->peer_down(record.peer);
    tell(link, {.order = link_order::what::leave});
  }
  check_left();
}

void gateway::check_left() {
  if (leaving_ && links_.empty() && left_.pending()) left_.deliver(caf::unit);
}

}  // namespace pushmesh::cluster
