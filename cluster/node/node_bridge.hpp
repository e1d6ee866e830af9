#pragma once

#include <memory>
#include <optional>

#include "actors/bridge/bridge_counters.hpp"
#include "actors/bridge/bridge_state.hpp"
#include "actors/bridge/redis_place.hpp"
#include "cluster/node/component_health.hpp"
#include "cluster/node/server.hpp"

namespace pushmesh {

namespace actors {
class bridge;
class bridge_publisher;
class cluster_port;
class node_core;
class shard;
}  // namespace actors

/// The emitter bridge of a server, if its options name a Redis: on which shard it lives, and when.
class node_bridge {
 public:
  node_bridge();
  ~node_bridge();

  /// Reads the options. Throws start_error.
  void configure(const server_options& options);
  /// Gives `core` what publishes its emits, if the options want that. Before the shards start.
  void prepare(actors::node_core& core, const server_options& options);
  /// Starts it, once the shards run and before the links do. `options` are those of configure(),
  /// and live as long.
  void start(actors::node_core& core, const server_options& options);
  /// Ends it and its connections; the shards must still run. Idempotent.
  void stop();
  /// Any thread.
  void add_to(server_stats& stats) const;
  /// How it is; nullopt: there is none. Any thread.
  std::optional<component_health> health() const;

 private:
  std::optional<actors::redis_place> where_;
  actors::bridge_counters counters_;
  actors::bridge_state state_;
  actors::shard* home_ = nullptr;
  actors::cluster_port* cluster_ = nullptr;        // of the core; null: the node runs alone
  actors::bridge_publisher* publisher_ = nullptr;  // of the core
  std::unique_ptr<actors::bridge> bridge_;         // touched on its shard only
};

}  // namespace pushmesh
