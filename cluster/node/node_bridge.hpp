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
  /// Starts it, once the shards run. `options` are those of configure(), and live as long.
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
  std::unique_ptr<actors::bridge> bridge_;  // touched on its shard only
};

}  // namespace pushmesh
