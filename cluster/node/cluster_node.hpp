#pragma once

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/api/cluster_results.hpp"
#include "cluster/link/gateway.hpp"
#include "cluster/node/cluster_options.hpp"
#include "cluster/node/socket_handle.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

class mesh;
class remote_sockets;
class tls_failures;

/// Tells CAF how to run links, before the actor_system is made: its network layer with heartbeats
/// (only they drop dead routes), TLS if there are certificates, a random node id.
void configure_links(caf::actor_system_config& config, const cluster_options& options);

/// A node's part in the cluster: the mesh its actors use, and the gateway at its cluster port.
class cluster_node {
 public:
  /// Gives `core` its mesh. Before the shards start. Throws start_error.
  cluster_node(std::shared_ptr<actors::node_core> core, cluster_options options);
  ~cluster_node();

  /// Opens the cluster port and begins to dial. The shards run. Throws start_error.
  void start(caf::actor_system& system, std::function<void(const std::string&)> on_restart);
  /// Says goodbye to all peers and ends the links. The shards still run.
  void stop();

  /// The stand-in for a socket of another node, as a lookup found it.
  found_handle stand_in(const socket_info& found);

  /// HOST:PORT others dial, once started.
  const std::string& address() const noexcept { return address_; }
  std::vector<peer_status> peers() const;
  cluster_stats stats() const;
  /// Dialled addresses that lead to no peer now, with what they are doing.
  std::vector<membership_routes::route_view> routes() const;

 private:
  void publish(caf::actor_system& system);
  bool tls() const noexcept { return !options_.cert.empty(); }

  std::shared_ptr<actors::node_core> core_;
  cluster_options options_;
  std::string address_;
  std::shared_ptr<remote_sockets> stand_ins_;
  std::unique_ptr<tls_failures> tls_failures_;
  std::shared_ptr<gateway_view> view_ = std::make_shared<gateway_view>();
  caf::actor gateway_;
  caf::actor_system* system_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace pushmesh::cluster
