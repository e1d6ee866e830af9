#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/bridge/feed_port.hpp"
#include "cluster/link/feed_lease.hpp"
#include "cluster/link/linked_peer.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

/// The lease feed between nodes: which peers this node feeds, and which one feeds it. Carries out
/// what feed_lease decides, and brings what peers say to the bridge's shard. Any thread.
class bridge_feeds final : public actors::feed_port {
 public:
  using clock = std::chrono::steady_clock;

  bridge_feeds(actors::node_core& core, std::uint64_t seed);

  // feed_port
  void expect(actors::shard& home, std::string_view key) override;
  void attach(actors::feed_events* bridge) override { bridge_ = bridge; }
  void bridging(bool live) override;
  void grant(const actors::feed_lease_id& lease) override;
  void hand_over(const actors::feed_lease_id& lease) override;
  bool feeding() const noexcept override { return feeding_.load(std::memory_order_relaxed); }
  void feed_server_event(std::string_view nsp, std::string_view event,
                         const payload& args) override;
  void own_lost() override;
  std::uint64_t own_live() override;
  void give_up(std::uint64_t number) override;
  bool leased() const noexcept override { return leased_.load(std::memory_order_relaxed); }
  std::string feeder() const override;
  bool forward(const actors::address& to, std::string_view event, const payload& args) override;

  // the links

  void peer_up(const peer_ref& peer);
  void peer_down(const peer_ref& peer);
  void tick(clock::time_point now);
  void take(const peer_ref& peer, const wire_v1::feed_ask& x);
  /// These answer what has to run on the bridge's shard behind all that came before; empty:
  /// nothing.
  std::function<void()> take(const peer_ref& peer, const wire_v1::bridging& x);
  std::function<void()> take(const peer_ref& peer, const wire_v1::feed_news& x);
  std::function<void()> take(const wire_v1::publish& x);
  /// The bridge's shard; null: this node has none.
  actors::shard* home() const;

  // the mesh

  /// Leaves of `peers` those that are fed.
  void keep_fed(std::vector<peer_ref>& peers) const;
  /// So many items went to fed peers, of which so many were not taken.
  void count(std::size_t sent, std::size_t dropped) noexcept {
    items_.fetch_add(sent, std::memory_order_relaxed);
    dropped_.fetch_add(dropped, std::memory_order_relaxed);
  }

  struct figures {
    std::vector<std::string> fed;   ///< names of the nodes this one feeds
    std::string feeder;             ///< the node that feeds this one; empty: none
    std::uint64_t leases = 0;       ///< granted to this node so far
    std::uint64_t fed_items = 0;    ///< sent to nodes that are fed
    std::uint64_t fed_dropped = 0;  ///< of these not taken: too much waits for the node
  };
  figures look() const;

 private:
  struct fed_peer {
    peer_ref peer;
    std::uint64_t number = 0;
  };
  void on_bridge(std::function<void()> call) const;
  void send(const feed_lease::orders& orders);
  void settle();
  std::function<void()> lost_feeder(const std::optional<feed_lease::end>& e,
                                    const std::string& name, std::string_view why);
  void drop_fed(link_id link, std::uint64_t number);
  std::string name_of(link_id link) const;
  void say(int level, std::string line) { lines_.emplace_back(level, std::move(line)); }
  void log_lines(std::unique_lock<std::mutex>& lock);

  actors::node_core& core_;
  actors::feed_events* bridge_ = nullptr;  // on its shard only
  mutable std::mutex mutex_;               // of what follows
  actors::shard* home_ = nullptr;
  std::string key_;
  bool live_ = false;
  std::map<link_id, peer_ref> peers_;
  feed_lease lease_;
  std::uint64_t leases_ = 0;
  std::vector<std::pair<int, std::string>> lines_;  // for the log, once the lock is gone
  mutable std::shared_mutex fed_mutex_;             // of what follows
  std::vector<fed_peer> fed_;
  std::atomic<bool> feeding_{false};
  std::atomic<bool> leased_{false};
  std::atomic<std::uint64_t> items_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace pushmesh::cluster
