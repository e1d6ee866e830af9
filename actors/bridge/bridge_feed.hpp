#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/bridge/bridge_counters.hpp"
#include "actors/bridge/feed_port.hpp"
#include "actors/bridge/feed_switch.hpp"
#include "net/protocol/bridge/bridge_channels.hpp"
#include "net/redis/subscription.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::actors {

class node_core;
class shard;

/// The lease feed, as the bridge of a node takes part in it (docs/bridge.md): feeds nodes without
/// Redis, and while its own Redis is gone is fed itself. Places in the row of all messages are
/// marked by messages of our own on the probe channels. Lives in the bridge, on its shard.
class bridge_feed final : private feed_events {
 public:
  using deliver = std::function<void(std::string_view channel, std::string payload)>;
  using publish = std::function<void(const address&, std::string_view event, const payload&)>;
  /// `own_probe`: the bridge's channel for probes. `to` takes the messages that count. The others
  /// must live longer.
  bridge_feed(node_core& core, shard& home, net::redis::subscription& redis,
              const net::bridge_channels& channels, std::string own_probe,
              bridge_counters& counters, deliver to, publish by);
  ~bridge_feed();

  void on_live();
  void on_down();
  /// A message of the own Redis, markers included.
  void on_message(std::string_view channel, std::string payload);
  /// This node feeds others.
  bool feeding() const noexcept { return port_.feeding(); }
  /// What happens to nodes themselves, for those that this one feeds.
  void server_event(std::string_view nsp, std::string_view event, const payload& args);

 private:
  /// What is held between the two sights of a marker: a few milliseconds of messages. Beyond this
  /// the other node is given up.
  static constexpr std::size_t max_held_bytes = 8 * 1024 * 1024;
  /// Nodes whose marker came before their question.
  static constexpr std::size_t max_remembered = 1024;
  struct deadline final : net::timer_node {
    explicit deadline(bridge_feed& f);
    bridge_feed& owner;
  };
  void on_feed_asked(const feed_lease_id& lease) override;
  void on_feed_released(const feed_lease_id& lease) override;
  void on_handed_over(std::uint64_t number) override;
  void on_feeder_lost(std::uint64_t number) override;
  void on_publish(const address& to, std::string_view event, const payload& args) override;
  void on_marker(std::string_view channel, std::string_view text);
  void granted(const feed_lease_id& lease);
  void hold(std::string_view channel, std::string payload);
  void own_counts();
  void drop_held();
  void give_up();

  node_core& core_;
  shard& home_;
  feed_port& port_;
  net::redis::subscription& redis_;
  const net::bridge_channels& channels_;
  std::string own_probe_;
  bridge_counters& counters_;
  deliver deliver_;
  publish publish_;
  feed_switch switch_;
  std::vector<feed_lease_id> asked_;              // their start is marked, the marker not back yet
  std::map<std::string, std::uint64_t> markers_;  // by tag: of leases we did not know of yet
  std::deque<std::pair<std::string, std::string>> held_;  // channel, payload
  std::size_t held_bytes_ = 0;
  deadline deadline_{*this};
};

}  // namespace pushmesh::actors
