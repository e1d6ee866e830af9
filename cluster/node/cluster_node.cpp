#include "cluster/node/cluster_node.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <chrono>
#include <cstdint>
#include <utility>

#include "actors/node_core.hpp"
#include "cluster/host_port.hpp"
#include "cluster/link/certificate_check.hpp"
#include "cluster/link/link_messages.hpp"
#include "cluster/link/link_system.hpp"
#include "cluster/link/mesh.hpp"
#include "cluster/link/remote_sockets.hpp"
#include "cluster/link/tls_failures.hpp"
#include "cluster/node/server.hpp"
#include "net/transport/listener.hpp"

namespace pushmesh::cluster {

namespace {

/// How long stop() waits for the goodbyes to be on their way.
constexpr auto longest_goodbye = std::chrono::milliseconds(500);

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != static_cast<ssize_t>(sizeof seed))
    throw start_error("the kernel gives no random numbers");
  return seed;
}

std::string own_host() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

certificate_files certificates_of(const cluster_options& options) {
  return {options.cert, options.key, options.ca};
}

/// Throws start_error when strangers could get in, or peers would refuse us.
void check_security(const cluster_options& options, const actors::node_core& core) {
  const auto files = certificates_of(options);
  const auto verdict = judge_link_security(
      options.listen, files, options.insecure ? strangers::accepted : strangers::kept_out);
  if (verdict.what == link_security::refused) throw start_error("cluster: " + verdict.sentence);
  if (!verdict.sentence.empty()) core.log(actors::log_level::warn, "cluster: " + verdict.sentence);
  if (verdict.what != link_security::mutual_tls) return;
  const auto problems = check_certificates(files, std::chrono::system_clock::now());
  if (!problems.empty()) throw start_error("cluster: " + problems.front());
}

}  // namespace

void configure_links(caf::actor_system_config& config, const cluster_options& options) {
  configure_links(config, certificates_of(options));
}

cluster_node::cluster_node(std::shared_ptr<actors::node_core> core, cluster_options options)
    : core_(std::move(core)), options_(std::move(options)) {
  const auto where = host_port::parse(options_.listen);
  if (!where) throw start_error("cluster-listen: \"" + options_.listen + "\" is not HOST:PORT");
  check_security(options_, *core_);
  const auto port = net::listener::probe(where->host, where->port);
  if (!port) throw start_error("cannot listen on " + options_.listen + ": " + port.error());
  port_ = *port;
  const auto any = where->host == "0.0.0.0" || where->host == "::";
  address_ = options_.advertise.empty() ? host_port{any ? own_host() : where->host, port_}.str()
                                        : options_.advertise;
  auto links = std::make_unique<mesh>(*core_, random_seed());
  stand_ins_ = std::make_shared<remote_sockets>(core_, *links);
  core_->set_cluster(std::move(links));
}

cluster_node::~cluster_node() {
  stop();
}

void cluster_node::start(caf::actor_system& system,
                         std::function<void(const std::string&)> on_restart) {
  system_ = &system;
  if (!heartbeats_are_on(system))
    throw start_error("cluster: CAF did not take its heartbeat options");
  auto& links = static_cast<mesh&>(*core_->cluster());
  gateway_setup setup;
  setup.own.name = core_->name();
  setup.own.incarnation = new_incarnation();
  setup.own.tag = core_->tag();
  setup.own.cluster = options_.name;
  setup.own.address = address_;
  links.set_own(setup.own);
  setup.peers = options_.peers;
  setup.tls = tls();
  // The mesh lives as long as the core, which outlives every actor.
  setup.services = std::shared_ptr<link_services>(core_, &links);
  setup.view = view_;
  setup.log = [core = core_.get()](int level, const std::string& line) {
    core->log(static_cast<actors::log_level>(level), line);
  };
  setup.on_restart = std::move(on_restart);
  if (tls())
    tls_failures_ = std::make_unique<tls_failures>([core = core_.get()](const std::string& line) {
      core->log(actors::log_level::warn, line);
    });
  gateway_ = system.spawn<gateway, caf::hidden>(std::move(setup));
  links.on_interest([to = gateway_] { caf::anon_send(to, interest_wake{}); });
  publish(system);
  core_->log(actors::log_level::info, "cluster \"" + options_.name + "\": node " + core_->name() +
                                          " at " + address_ + (tls() ? " (TLS)" : ""));
}

void cluster_node::publish(caf::actor_system& system) {
  const auto where = host_port::parse(options_.listen);
  const auto* const host = where->host.c_str();
  const auto published = tls() ? caf::openssl::publish(gateway_, port_, host, true)
                               : system.middleman().publish(gateway_, port_, host, true);
  if (!published)
    throw start_error("cannot listen on " + options_.listen + ": " +
                      system.render(published.error()));
}

void cluster_node::stop() {
  if (!gateway_) return;
  static_cast<mesh&>(*core_->cluster()).on_interest({});
  caf::scoped_actor self{*system_};
  self->request(gateway_, longest_goodbye, gateway_leave{})
      .receive([] {}, [](const caf::error&) {});
  self->send(gateway_, gateway_stop{});
  self->wait_for(gateway_);
  gateway_ = nullptr;
}

found_handle cluster_node::stand_in(const socket_info& found) {
  auto& links = static_cast<mesh&>(*core_->cluster());
  const auto peer = links.directory().by_name(found.node);
  if (!peer || !system_) return {nullptr, {found.node}, false};  // lost since it answered
  auto handle = stand_ins_->of(*system_, found.id, found.nsp, peer);
  const auto too_many = !handle;
  return {std::move(handle), {}, too_many};
}

std::vector<peer_status> cluster_node::peers() const {
  std::vector<peer_status> all;
  const auto now = std::chrono::steady_clock::now();
  for (const auto& p : view_->look().peers) {
    const auto waiting = p->outbox->look();
    peer_status s;
    s.name = p->name();
    s.address = p->identity.address;
    s.tag = std::string(p->identity.tag.begin(), p->identity.tag.end());
    s.suspected = p->suspected;
    s.is_client = !p->is_node();
    s.up_for = std::chrono::duration_cast<std::chrono::milliseconds>(now - p->since);
    s.round_trip = std::chrono::microseconds(p->round_trip_us.load());
    s.queued_bytes = waiting.bytes;
    s.queued_items = waiting.items;
    s.refused_items = waiting.refused;
    s.volatile_dropped = waiting.volatile_dropped;
    s.bytes_in = p->bytes_in;
    s.bytes_out = p->bytes_out;
    s.batches_in = p->batches_in;
    s.batches_out = p->batches_out;
    s.handler_time = std::chrono::microseconds(p->handler_us.load());
    s.watched_sockets = p->watches;
    all.push_back(std::move(s));
  }
  return all;
}

cluster_stats cluster_node::stats() const {
  cluster_stats s;
  s.peers = peers();
  for (auto& r : view_->look().history) {
    if (r.state != peer_history::state::up)
      s.gone.push_back({r.name, r.state == peer_history::state::left});
    s.totals.push_back({std::move(r.name), r.links, r.lost_items});
  }
  auto& links = static_cast<mesh&>(*core_->cluster());
  s.own_rooms = links.interest().rooms();
  s.pending_joins = links.interest().pending_joins();
  if (tls_failures_) s.tls_failures = tls_failures_->total();
  s.socket_handles = stand_ins_->size();
  s.remote_rooms = links.directory().rooms();
  s.remote_rooms_bytes = links.directory().memory();
  auto fed = links.feeds().look();
  s.bridge_feeder = std::move(fed.feeder);
  s.bridge_fed = std::move(fed.fed);
  s.bridge_leases = fed.leases;
  s.bridge_fed_items = fed.fed_items;
  s.bridge_fed_dropped = fed.fed_dropped;
  return s;
}

std::vector<membership_routes::route_view> cluster_node::routes() const {
  auto all = view_->look().routes;
  std::erase_if(all, [](const auto& r) { return r.state == route_state::up; });
  return all;
}

}  // namespace pushmesh::cluster
