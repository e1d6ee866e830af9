#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "actors/bridge/bridge_acks.hpp"
#include "actors/bridge/bridge_counters.hpp"
#include "actors/bridge/bridge_feed.hpp"
#include "actors/bridge/bridge_publisher.hpp"
#include "actors/bridge/bridge_state.hpp"
#include "actors/bridge/redis_place.hpp"
#include "actors/bridge_options.hpp"
#include "net/protocol/bridge/bridge_broadcast.hpp"
#include "net/protocol/bridge/bridge_channels.hpp"
#include "net/protocol/bridge/bridge_limits.hpp"
#include "net/protocol/bridge/bridge_request.hpp"
#include "net/redis/subscription.hpp"

namespace pushmesh::actors {

class node_core;
class shard;

/// The emitter bridge: takes what back-ends publish with the socket.io-emitter packages from Redis
/// and carries it out on this node's own sockets (every node with Redis does, so each client is
/// reached once) and those of the nodes that it feeds. Lives on one shard, made, used and destroyed
/// there; the messages of one publisher keep their order on the way to every other. Whatever
/// arrives, the node goes on: what cannot be carried out is counted and now and then logged.
class bridge final : private net::redis::subscription_events {
 public:
  /// `where` is read; all others must live longer.
  bridge(node_core& core, shard& home, const redis_place& where, const bridge_options& options,
         bridge_publisher& publisher, bridge_counters& counters, bridge_state& state);
  ~bridge();

  void start() { subscription_.start(); }

 private:
  struct pause_timer final : net::timer_node {
    explicit pause_timer(bridge& b);
    bridge& owner;
  };
  /// When a kind of refusal was last logged, and how often it was.
  struct complaint {
    net::timer_wheel::clock::time_point logged;
    std::uint64_t since = 0;
    bool ever = false;
  };
  void on_message(std::string_view channel, std::string payload) override;
  void on_live(const std::string& why_unproven) override;
  void on_down(const std::string& why) override;
  void say_live(const std::string& why_unproven);
  void carry_out(std::string_view channel, std::string payload);
  void broadcast(std::string_view channel, std::string_view bytes);
  void request(std::string_view channel, std::string_view bytes);
  void carry_out(std::string nsp, net::bridge_request r);
  void refuse(net::bridge_errc why, std::string_view channel);
  bool overloaded() const;
  void pause_if_overloaded();
  void go_on();

  node_core& core_;
  shard& home_;
  const bridge_options& options_;
  bridge_publisher& publisher_;
  bridge_counters& counters_;
  bridge_state& state_;
  net::bridge_limits limits_;
  net::bridge_channels channels_;
  net::redis::redis_options redis_options_;
  std::string probe_;
  std::string place_;     // of Redis, for logs
  std::string last_why_;  // why it is down, as logged last
  std::array<complaint, net::bridge_errc_count + 1> complaints_{};
  pause_timer pause_timer_{*this};
  net::redis::subscription subscription_;
  std::shared_ptr<bridge_acks> acks_;
  std::optional<bridge_feed> feed_;  // of a node in a cluster
};

}  // namespace pushmesh::actors
