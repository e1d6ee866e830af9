#include "cluster/node/server.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

#include "actors/cluster_port.hpp"
#include "actors/local_sockets.hpp"
#include "actors/messages/shard_messages.hpp"
#include "actors/messages/socket_messages.hpp"
#include "actors/node_core.hpp"
#include "actors/raw_sessions.hpp"
#include "actors/shard.hpp"
#include "actors/shard_actor.hpp"
#include "actors/socket_actor.hpp"
#include "cluster/host_port.hpp"
#include "cluster/link/link_system.hpp"
#include "cluster/node/cluster_node.hpp"
#include "cluster/node/handle_lookup.hpp"
#include "cluster/node/http/client_files.hpp"
#include "cluster/node/machine.hpp"
#include "cluster/node/node_health.hpp"
#include "cluster/node/node_bridge.hpp"
#include "net/transport/connection_quota.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/listener.hpp"
#include "net/transport/outbound_budget.hpp"
#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/session_relay.hpp"
#include "net/transport/tls/tls_server.hpp"

namespace pushmesh {

using actors::log_level;
using actors::node_core;

namespace {

/// Descriptors a node needs for itself, before any client.
constexpr std::size_t own_descriptors = 64;
constexpr std::size_t own_descriptors_per_shard = 8;
/// How long stop() waits for clients to take their last bytes.
constexpr auto longest_goodbye = std::chrono::seconds(2);

/// CAF as this node uses it: one worker for links, none for delivery (docs/decisions/0003).
struct caf_config : caf::actor_system_config {
  caf_config() {
    add_message_types<caf::id_block::pushmesh_actors>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    set("scheduler.max-throughput", 100);
  }
};

}  // namespace

class server::impl {
 public:
  explicit impl(server_options o)
      : options(std::move(o)), core(std::make_shared<node_core>(options.actors)) {}

  void start();
  void stop();
  void serve_until_signal(const std::function<void()>& when_listening);
  void request_stop() { signals_.stop(); }
  std::string reload_certificates();
  server_stats stats() const;
  caf::actor_system* system() const noexcept { return system_.get(); }
  std::vector<component_health> health() const;

  server_options options;
  std::shared_ptr<node_core> core;
  std::uint16_t port = 0;
  std::uint16_t internal_port = 0;
  std::size_t capacity = 0;
  std::unique_ptr<cluster::cluster_node> links;  // null: it runs alone
  /// Bare Engine.IO endpoints by path prefix. Not changed once the server runs.
  std::vector<std::pair<std::string, engineio_handlers>> engineio_paths;

 private:
  void apply_machine_limits();
  void join_cluster();
  void load_certificates();
  void add_shard(std::uint16_t index);
  const engineio_handlers* handlers_of(std::string_view target) const noexcept;
  net::connection_handler& take_session(std::uint16_t index, std::unique_ptr<net::connection> link,
                                        std::string_view sid, net::handshake&& request,
                                        std::uint8_t protocol);
  void listen_on(const host_port& where, net::listener_role role, bool every_shard);
  std::uint16_t probe(const std::string& address, const char* option);
  template <class F>
  auto run_on(actors::shard& s, F f);
  void close_sockets();
  void end_actors();
  void end_system();

  std::mutex mutex_;  // start and stop
  bool running_ = false;
  std::optional<net::outbound_budget> budget_;
  std::optional<net::connection_quota> quota_;
  std::optional<net::connection_quota> sessions_;  // that began with polling
  std::optional<net::rate_limit> connects_;
  std::shared_ptr<net::tls_server> tls_;  // null: plain
  std::shared_ptr<caf_config> config_ = std::make_shared<caf_config>();
  std::shared_ptr<caf::actor_system> system_;
  std::vector<caf::actor> shard_actors_;
  std::vector<std::unique_ptr<actors::raw_sessions>> raw_sessions_;  // by shard
  // A listener lives on its shard's thread once that runs.
  std::vector<std::pair<actors::shard*, std::unique_ptr<net::listener>>> listeners_;
  node_bridge bridge_;
  boost::asio::io_context signals_{1};
};

void server::impl::apply_machine_limits() {
  const auto descriptors = raise_descriptor_limit();
  if (options.shards == 0) options.shards = std::max(1u, std::thread::hardware_concurrency());
  if (options.shards > 4096) throw start_error("shards: at most 4096");
  const auto own = own_descriptors + own_descriptors_per_shard * options.shards;
  capacity = descriptors > own ? descriptors - own : 0;
  auto& max = options.transport.max_connections;
  if (max == 0 || max > capacity) max = capacity;
  if (options.memory_limit == 0) options.memory_limit = usable_memory();
  options.transport.max_partial_bytes = options.actors.max_partial_bytes / options.shards;
  if (options.outbound_budget == 0) options.outbound_budget = options.memory_limit / 4;
  core->log(log_level::info, "capacity: " + std::to_string(max) +
                                 " connections (descriptor limit " + std::to_string(descriptors) +
                                 "), outbound budget " +
                                 std::to_string(options.outbound_budget >> 20) + " MiB");
}

/// Before the shards start: they tell the cluster of their rooms from the first one on.
void server::impl::join_cluster() {
  const auto& wanted = options.cluster;
  if (wanted.listen.empty() && !wanted.peers.empty())
    throw start_error("peer: a node with peers needs --cluster-listen");
  if (!wanted.listen.empty()) {
    links = std::make_unique<cluster::cluster_node>(core, wanted);
    cluster::configure_links(*config_, wanted);
  }
  auto name = options.name;
  if (name.empty())
    name = links ? links->address() : host_port{host_port::parse(options.listen)->host, port}.str();
  core->set_name(std::move(name));
}

/// Null: Socket.IO.
const engineio_handlers* server::impl::handlers_of(std::string_view target) const noexcept {
  for (const auto& [path, handlers] : engineio_paths)
    if (target.starts_with(path)) return &handlers;
  return nullptr;
}

net::connection_handler& server::impl::take_session(std::uint16_t index,
                                                    std::unique_ptr<net::connection> link,
                                                    std::string_view sid, net::handshake&& request,
                                                    std::uint8_t protocol) {
  if (const auto* handlers = handlers_of(request.target()))
    return raw_sessions_[index]->open(std::move(link), std::move(request), protocol, *handlers);
  auto& home = *core->shards()[index];
  auto& sockets = core->sockets_of(home);
  const auto handle = actors::spawn_on<actors::socket_actor>(home, sockets, std::move(link),
                                                             std::move(request), protocol);
  auto& a = actors::object_of<actors::socket_actor>(handle);
  sockets.add_connection(a, caf::actor_cast<caf::strong_actor_ptr>(handle));
  if (core->shutting_down())
    a.close(close_reason::server_shutting_down);
  else
    a.begin(sid);
  return a;
}

void server::impl::load_certificates() {
  if (!options.tls.enabled()) return;
  auto loaded = net::tls_server::load(options.tls);
  if (!loaded) throw start_error(loaded.error());
  tls_ = std::move(*loaded);
  const bool usable = tls_->certificate_end() > std::time(nullptr);
  core->log(usable ? log_level::info : log_level::warn, "TLS certificate " + tls_->about());
}

std::string server::impl::reload_certificates() {
  if (!tls_) return "TLS is off: there are no certificates to reload";
  if (const auto loaded = tls_->reload(); !loaded) {
    core->log(log_level::error, "the certificate in use stays: " + loaded.error());
    return loaded.error();
  }
  const bool usable = tls_->certificate_end() > std::time(nullptr);
  core->log(usable ? log_level::info : log_level::warn, "new TLS certificate " + tls_->about());
  return {};
}

void server::impl::add_shard(std::uint16_t index) {
  auto* const c = core.get();
  net::loop_hooks hooks;
  hooks.new_session_id = [c, index] {
    std::array<char, socket_id::length> id;
    const auto made = c->sockets_of(*c->shards()[index]).new_id();
    std::ranges::copy(made.view(), id.begin());
    return id;
  };
  hooks.on_session = [this, index](std::unique_ptr<net::connection> link, std::string_view sid,
                                   net::handshake&& request,
                                   const net::engineio_request& r) -> net::connection_handler& {
    return take_session(index, std::move(link), sid, std::move(request), r.version);
  };
  hooks.home_of_session = [c](std::string_view sid) -> net::io_loop* {
    const auto id = socket_id::parse(sid);
    auto* const home = id ? c->shard_of(*id) : nullptr;
    return home ? &home->loop() : nullptr;
  };
  hooks.remote_home = [c](std::string_view sid) {
    const auto id = socket_id::parse(sid);
    return id && c->cluster() ? c->cluster()->home_of_session(*id) : net::session_home{};
  };
  hooks.index = index;
  hooks.post = [c, index](std::unique_ptr<net::loop_task> task) {
    auto& home = *c->shards()[index];
    home.post([&home, task = std::move(task)] { task->run(home.loop()); });
  };
  hooks.log = [c](std::string_view sentence) { c->log(log_level::warn, sentence); };
  hooks.quota = &*quota_;
  hooks.sessions = &*sessions_;
  hooks.connects = &*connects_;
  auto s = std::make_unique<actors::shard>(*system_, index, options.transport, *budget_,
                                           std::move(hooks));
  auto sockets = std::make_unique<actors::local_sockets>(*core, *s);
  shard_actors_.push_back(actors::spawn_on<actors::shard_actor>(*s, *sockets));
  raw_sessions_.push_back(std::make_unique<actors::raw_sessions>(*core, *s));
  core->add_shard(std::move(s), std::move(sockets));
}

/// Where an address leads: an error now is clearer than one from the shards.
std::uint16_t server::impl::probe(const std::string& address, const char* option) {
  const auto where = host_port::parse(address);
  if (!where) throw start_error(std::string(option) + ": \"" + address + "\" is not HOST:PORT");
  const auto found = net::listener::probe(where->host, where->port);
  if (!found) throw start_error("cannot listen on " + address + ": " + found.error());
  return *found;
}

void server::impl::listen_on(const host_port& where, net::listener_role role, bool every_shard) {
  for (const auto& s : core->shards()) {
    auto l = std::make_unique<net::listener>(s->loop(), role);
    if (const auto opened = l->open(where.host, where.port, every_shard); !opened)
      throw start_error("cannot listen on " + where.str() + ": " + opened.error());
    listeners_.emplace_back(s.get(), std::move(l));
    if (!every_shard) return;
  }
}

void server::impl::start() {
  std::lock_guard lock(mutex_);
  if (running_) return;
  if (!core->shards().empty()) throw start_error("a server starts only once");
  std::signal(SIGPIPE, SIG_IGN);
  apply_machine_limits();
  load_certificates();
  port = probe(options.listen, "listen");
  if (!options.internal_listen.empty())
    internal_port = probe(options.internal_listen, "internal-listen");

  bridge_.configure(options);
  join_cluster();
  core->freeze();
  budget_.emplace(options.outbound_budget);
  quota_.emplace(options.transport.max_connections);
  sessions_.emplace(options.transport.max_connections);
  connects_.emplace();
  system_ = std::make_shared<caf::actor_system>(*config_);
  for (unsigned i = 0; i < options.shards; ++i) add_shard(static_cast<std::uint16_t>(i));
  net::listener_role clients;
  auto scripts = http::client_files::load(options.client_dir, options.transport.path);
  if (!scripts) throw start_error(scripts.error());
  clients.is_for_http = [files = *scripts](std::string_view target) {
    return files.is_one(target);
  };
  clients.http = http::with_client_files(std::move(*scripts), options.http);
  for (const auto& [path, handlers] : engineio_paths) clients.more_paths.push_back(path);
  clients.tls = tls_;
  listen_on({host_port::parse(options.listen)->host, port}, clients, true);
  if (internal_port != 0) {
    net::listener_role operators;
    operators.engineio = false;
    operators.http = options.internal_http;
    listen_on({host_port::parse(options.internal_listen)->host, internal_port}, operators, false);
  }
  for (const auto& s : core->shards()) s->start();
  running_ = true;
  if (links) links->start(*system_, [this](const std::string&) { request_stop(); });
  bridge_.start(*core, options);
}

/// Runs `f` on the shard and waits for it.
template <class F>
auto server::impl::run_on(actors::shard& s, F f) {
  std::packaged_task<decltype(f())()> task(std::move(f));
  auto result = task.get_future();
  s.post([task = std::make_shared<decltype(task)>(std::move(task))] { (*task)(); });
  return result.get();
}

/// Every socket leaves with "server shutting down" and gets the time to read it, over whichever
/// node its client is connected to. Clients of other nodes' sessions lose nothing but their
/// connection here: their polls are answered, their tunnels last until our own sockets are gone.
void server::impl::close_sockets() {
  for (const auto& s : core->shards())
    run_on(*s, [&] {
      core->sockets_of(*s).close_all(close_reason::server_shutting_down);
      raw_sessions_[s->index()]->close_all(close_reason::server_shutting_down);
      s->loop().close_idle_connections();
      return true;
    });
  const auto deadline =
      std::chrono::steady_clock::now() +
      std::min<std::chrono::milliseconds>(longest_goodbye, options.transport.close_timeout);
  const auto wait_while = [&](auto busy) {
    for (const auto& s : core->shards())
      while (run_on(*s, [&] { return busy(*s); }) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  wait_while([&](actors::shard& s) {
    auto& loop = s.loop();
    return core->sockets_of(s).connection_count() > 0 || raw_sessions_[s.index()]->size() > 0 ||
           loop.polling().sessions().size() > 0 ||
           loop.open_descriptors() > loop.relay().tunnels() ||
           loop.relay().edge().has_probing_tunnels();
  });
  for (const auto& s : core->shards())
    run_on(*s, [&] {
      s->loop().relay().edge().close_tunnels();
      return true;
    });
  wait_while([](actors::shard& s) { return s.loop().open_descriptors() > 0; });
}

/// Actors may still be held by messages in flight: wait until the last one is gone.
void server::impl::end_actors() {
  for (const auto& a : shard_actors_) caf::anon_send(a, actors::shard_stop{});
  shard_actors_.clear();
  const auto deadline = std::chrono::steady_clock::now() + longest_goodbye;
  for (const auto& s : core->shards()) {
    while (s->live_actors().load(std::memory_order_acquire) > 0 &&
           std::chrono::steady_clock::now() < deadline) {
      run_on(*s, [] { return true; });
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (const auto left = s->live_actors().load(); left > 0)
      core->log(log_level::warn, "shard " + std::to_string(s->index()) + " ends with " +
                                     std::to_string(left) + " actors still referenced");
  }
}

// The order matters: nobody new, everybody out, no actor left, no queue open, no thread, no CAF.
void server::impl::stop() {
  std::lock_guard lock(mutex_);
  if (!running_) return;
  running_ = false;
  core->begin_shutdown();
  bridge_.stop();
  for (auto& [home, l] : listeners_)
    run_on(*home, [&l = *l] {
      l.stop();
      return true;
    });
  close_sockets();
  for (auto& [home, l] : listeners_)
    run_on(*home, [&l] {
      l.reset();
      return true;
    });
  listeners_.clear();
  if (links) links->stop();
  end_actors();
  for (const auto& s : core->shards()) s->stop();
  end_system();
}

void server::impl::end_system() {
  if (!links) return system_.reset();
  auto end = [system = std::exchange(system_, {}), config = config_, core = core]() mutable {
    system.reset();
  };
  if (!cluster::end_in_time(std::move(end), longest_goodbye))
    core->log(log_level::warn, "cluster: a dial is still under way; not waiting for it");
}

void server::impl::serve_until_signal(const std::function<void()>& when_listening) {
  boost::asio::signal_set wanted(signals_, SIGINT, SIGTERM);
  wanted.async_wait([](const auto&, int) {});
  start();
  if (when_listening) when_listening();
  signals_.run();
  stop();
}

server_stats server::impl::stats() const {
  server_stats all{};
  for (const auto& s : core->shards()) {
    const auto& t = s->loop().counters();
    const auto& a = core->sockets_of(*s).counters();
    all.connections += t.connections.get();
    all.accepted += t.accepted.get();
    all.refused_full += t.refused_full.get();
    all.refused_descriptors += t.refused_descriptors.get();
    all.connects_delayed += t.connects_delayed.get();
    all.refused_proxy += t.refused_proxy.get();
    all.bad_proxy_headers += t.bad_proxy_headers.get();
    all.namespaces_refused += a.namespaces_refused.get();
    all.rooms_refused += a.rooms_refused.get();
    all.sessions_away += a.sessions_away.get();
    all.replay_bytes += a.replay_bytes.get();
    all.sessions_recovered += a.sessions_recovered.get();
    all.sessions_lost += a.sessions_lost.get();
    all.sessions_refused += a.sessions_refused.get();
    all.tls_handshakes += t.tls_handshakes.get();
    all.tls_resumed += t.tls_resumed.get();
    all.tls_failed += t.tls_failed.get();
    all.http_requests += t.http_requests.get();
    all.http_refused += t.http_refused.get();
    all.messages_in += t.messages_in.get();
    all.bytes_in += t.bytes_in.get();
    all.frames_out += t.frames_out.get();
    all.bytes_out += t.bytes_out.get();
    all.writes += t.writes.get();
    all.writes_blocked += t.writes_blocked.get();
    all.volatile_dropped += t.volatile_dropped.get();
    all.overflow_dropped += t.overflow_dropped.get();
    all.slow_consumers += t.slow_consumers.get();
    all.overload_closed += t.overload_closed.get();
    all.relayed_requests += t.relayed_requests.get();
    all.relayed_served += t.relayed_served.get();
    all.tunnels += t.tunnels.get();
    all.tunnelled += t.tunnelled.get();
    all.tunnel_bytes_in += t.tunnel_bytes_in.get();
    all.tunnel_bytes_out += t.tunnel_bytes_out.get();
    all.sockets += a.sockets.get();
    all.rooms += a.rooms.get();
    all.events_in += a.events_in.get();
    all.emits += a.emits.get();
    all.bad_arguments += a.bad_arguments.get();
    all.handler_errors += a.handler_errors.get();
    all.slow_handlers += a.slow_handlers.get();
    all.pending_acks += a.pending_acks.get();
    all.partial_bytes += a.partial_bytes.get();
    all.socket_actors += a.socket_actors.get();
    for (std::size_t i = 0; i < a.disconnects.size(); ++i)
      all.disconnects[i] += a.disconnects[i].get();
  }
  all.outbound_bytes = static_cast<std::int64_t>(net::live_frame_bytes());
  bridge_.add_to(all);
  if (tls_) all.tls_certificate_end = static_cast<std::int64_t>(tls_->certificate_end());
  return all;
}

std::vector<component_health> server::impl::health() const {
  const auto now = stats();
  std::vector<component_health> all;
  all.push_back(health_of_connections(now.connections, options.transport.max_connections));
  all.push_back(health_of_memory(*budget_));
  if (tls_) all.push_back(health_of_certificate(tls_->about(), tls_->certificate_end()));
  if (links) all.push_back(health_of_cluster(links->stats(), links->routes()));
  if (auto redis = bridge_.health()) all.push_back(std::move(*redis));
  return all;
}

server::server(server_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
server::~server() {
  stop();
  impl_->core->namespaces().forget_handlers();
}

nsp& server::of(std::string_view name) {
  return impl_->core->namespaces().declare(name).facade();
}

nsp& server::of_matching(const std::regex& pattern, std::string_view label) {
  return of_matching(
      [pattern](std::string_view name) {
        return std::regex_match(name.begin(), name.end(), pattern);
      },
      label);
}

nsp& server::of_matching(std::function<bool(std::string_view)> accepts, std::string_view label) {
  impl_->core->check_not_frozen("of_matching");
  return impl_->core->namespaces().declare_pattern(std::move(accepts), label).facade();
}

void server::on_engineio(std::string_view path, engineio_handlers handlers) {
  impl_->core->check_not_frozen("on_engineio");
  impl_->engineio_paths.emplace_back(path, std::move(handlers));
}

void server::start() {
  impl_->start();
}
void server::run(const std::function<void()>& when_listening) {
  impl_->serve_until_signal(when_listening);
}

void server::stop() {
  impl_->request_stop();
  // On a shard's own thread waiting for the shard would never end: run() does the rest.
  if (!actors::shard::current()) impl_->stop();
}

std::string server::reload_certificates() {
  return impl_->reload_certificates();
}

std::uint16_t server::port() const noexcept {
  return impl_->port;
}
std::uint16_t server::internal_port() const noexcept {
  return impl_->internal_port;
}
std::string_view server::node_id() const noexcept {
  const auto& tag = impl_->core->tag();
  return {tag.data(), tag.size()};
}
const server_options& server::options() const noexcept {
  return impl_->options;
}
std::string_view server::name() const noexcept {
  return impl_->core->name();
}
std::string server::cluster_address() const {
  return impl_->links ? impl_->links->address() : std::string();
}
std::vector<peer_status> server::peers() const {
  return impl_->links ? impl_->links->peers() : std::vector<peer_status>();
}
std::optional<cluster_stats> server::cluster() const {
  return impl_->links ? std::optional(impl_->links->stats()) : std::nullopt;
}
void server::find_socket(const socket_id& id, std::function<void(lookup_result)> done,
                         std::chrono::milliseconds timeout) const {
  impl_->core->routes().lookup(id, timeout, std::move(done));
}
void server::find_handle(const socket_id& id, std::function<void(found_handle)> done,
                         std::chrono::milliseconds timeout) const {
  cluster::find_handle(*impl_->core, impl_->links.get(), id, std::move(done), timeout);
}
caf::actor_system& server::actor_system() const {
  if (auto* const system = impl_->system()) return *system;
  throw std::logic_error("actor_system: the server does not run");
}
server_stats server::stats() const {
  return impl_->stats();
}
std::vector<component_health> server::health() const {
  return impl_->health();
}
std::size_t server::capacity() const noexcept {
  return impl_->capacity;
}

}  // namespace pushmesh
