#pragma once

#include <boost/asio/io_context.hpp>
#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/messages/shard_messages.hpp"
#include "actors/messages/socket_messages.hpp"
#include "actors/node_core.hpp"
#include "actors/raw_sessions.hpp"
#include "cluster/host_port.hpp"
#include "cluster/node/cluster_node.hpp"
#include "cluster/node/node_bridge.hpp"
#include "cluster/node/server.hpp"
#include "net/transport/address_limits.hpp"
#include "net/transport/connection_quota.hpp"
#include "net/transport/listener.hpp"
#include "net/transport/outbound_budget.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/tls/tls_server.hpp"

namespace pushmesh {

/// CAF as this node uses it: one worker for links, none for delivery (docs/decisions/0003).
struct server_caf_config : caf::actor_system_config {
  server_caf_config() {
    add_message_types<caf::id_block::pushmesh_actors>();
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", 1);
    set("scheduler.max-throughput", 100);
  }
};

/// What a server is made of. Begins in server_start.cpp and ends in server_stop.cpp.
class server::impl {
 public:
  explicit impl(server_options o)
      : options(std::move(o)), core(std::make_shared<actors::node_core>(options.actors)) {}

  void start();
  void stop();
  void serve_until_signal(const std::function<void()>& when_listening);
  void request_stop() { signals_.stop(); }
  std::string reload_certificates();
  server_stats stats() const;
  caf::actor_system* system() const noexcept { return system_.get(); }
  std::vector<component_health> health() const;

  server_options options;
  std::shared_ptr<actors::node_core> core;
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
  void close_sockets();
  void end_actors();
  void end_system();

  std::mutex mutex_;  // start and stop
  bool running_ = false;
  std::optional<net::outbound_budget> budget_;
  std::optional<net::connection_quota> quota_;
  std::optional<net::connection_quota> sessions_;  // that began with polling
  std::optional<net::rate_limit> connects_;
  std::optional<net::address_limits> addresses_;  // none: no bound
  std::shared_ptr<net::tls_server> tls_;          // null: plain
  std::shared_ptr<server_caf_config> config_ = std::make_shared<server_caf_config>();
  std::shared_ptr<caf::actor_system> system_;
  std::vector<caf::actor> shard_actors_;
  std::vector<std::unique_ptr<actors::raw_sessions>> raw_sessions_;  // by shard
  // A listener lives on its shard's thread once that runs.
  std::vector<std::pair<actors::shard*, std::unique_ptr<net::listener>>> listeners_;
  node_bridge bridge_;
  boost::asio::io_context signals_{1};
};

}  // namespace pushmesh
