#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/membership_actions.hpp"

namespace pushmesh::cluster {

/// Which node feeds this one with what is published through Redis, while its own Redis is gone or
/// it has none: the decision, without clocks, links and locks. One node at a time; when that is
/// lost, the next one is asked. There is no election: each node chooses for itself.
class feed_lease {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// A grant takes the other node one round trip to Redis.
  static constexpr auto grant_patience = std::chrono::seconds(3);
  /// Between a lease that ended for no reason we know and the next.
  static constexpr auto pause = std::chrono::milliseconds(500);

  /// To be sent to a peer.
  struct order {
    link_id link = 0;
    std::uint64_t number = 0;
    bool wanted = true;  ///< else: release
    friend bool operator==(const order&, const order&) = default;
  };
  using orders = std::vector<order>;
  /// What became of the lease, for the log and for the bridge.
  struct end {
    std::uint64_t number = 0;
    bool was_granted = false;
    bool while_live = false;  ///< the own Redis is back and waited for this
  };

  /// `seed` makes the numbers of leases unlike those of other starts. Which peer is asked depends
  /// on `own_tag`: the nodes that are fed spread over those that feed.
  feed_lease(std::string own_tag, std::uint64_t seed);

  /// This node has a bridge with this key: a lease is wanted from own_lost() to own_live() only,
  /// and of nodes with the same key. Without this it is wanted always.
  void has_own(std::string key);
  void own_lost();
  /// The lease that is to be handed over; 0: none.
  std::uint64_t own_live();

  void peer_bridges(link_id link, std::string tag, std::string key);
  std::optional<end> peer_stopped(link_id link);
  /// False: not the lease that was asked for.
  bool granted(link_id link, std::uint64_t number);
  std::optional<end> handed_over(link_id link, std::uint64_t number, time_point now);
  /// Releases it, and asks this peer no more until it tells anew that it bridges.
  orders give_up(std::uint64_t number);
  /// What is to be sent now. Call after each of the above, and regularly.
  orders tick(time_point now);

  /// The link to the node that feeds this one; 0: none does.
  link_id feeder() const noexcept { return granted_ ? link_ : 0; }
  /// Asked for or granted: its number, else 0.
  std::uint64_t number() const noexcept { return number_; }

 private:
  struct peer {
    std::string tag;
    std::string key;
    unsigned failures = 0;  ///< asked, and no answer came
    bool unfit = false;
  };
  bool wanted() const noexcept { return !own_key_ || own_is_lost_; }
  link_id best() const;
  std::optional<end> forget();

  std::string own_tag_;
  std::uint64_t seed_;
  std::optional<std::string> own_key_;
  std::map<link_id, peer> peers_;  ///< that bridge
  link_id link_ = 0;               ///< of the lease
  std::uint64_t number_ = 0;
  bool granted_ = false;
  bool own_is_lost_ = false;
  bool own_is_live_ = false;
  time_point deadline_{};    ///< of the grant
  time_point not_before_{};  ///< of the next lease
};

}  // namespace pushmesh::cluster
