#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <ctime>
#include <thread>

#include "actors/cluster_port.hpp"
#include "actors/local_sockets.hpp"
#include "actors/shard.hpp"
#include "actors/shard_actor.hpp"
#include "actors/socket_actor.hpp"
#include "cluster/node/http/client_files.hpp"
#include "cluster/node/machine.hpp"
#include "cluster/node/server_impl.hpp"

namespace pushmesh {

using actors::log_level;

namespace {

/// Descriptors a node needs for itself, before any client.
constexpr std::size_t own_descriptors = 64;
constexpr std::size_t own_descriptors_per_shard = 8;

}  // namespace

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
  hooks.addresses = addresses_ ? &*addresses_ : nullptr;
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
  bridge_.prepare(*core, options);
  core->freeze();
  budget_.emplace(options.outbound_budget);
  quota_.emplace(options.transport.max_connections);
  sessions_.emplace(options.transport.max_connections);
  connects_.emplace();
  if (const auto bounds = net::address_limits::bounds_of(options.transport))
    addresses_.emplace(bounds, options.transport.trusted_proxies,
                       [c = core.get()](std::string_view s) { c->log(log_level::warn, s); });
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
  bridge_.start(*core, options);
  if (links) links->start(*system_, [this](const std::string&) { request_stop(); });
}

void server::impl::serve_until_signal(const std::function<void()>& when_listening) {
  boost::asio::signal_set wanted(signals_, SIGINT, SIGTERM);
  wanted.async_wait([](const auto&, int) {});
  start();
  if (when_listening) when_listening();
  signals_.run();
  stop();
}

}  // namespace pushmesh
