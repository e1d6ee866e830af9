#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/link/membership_actions.hpp"
#include "cluster/link/membership_options.hpp"
#include "cluster/link/membership_routes.hpp"
#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster {

/// Who belongs to the cluster, whom to dial when, and which link to a peer counts.
///
/// An attempt goes: probe, dial, hello, (the acceptor's hello,) welcome. Both sides of a pair dial,
/// and one of them decides which link counts: the node with the lower incarnation, or the node
/// where the other is a client. It welcomes the first link whose hello reaches it and drops later
/// ones, unless it suspects the first: then the peer has lost that one. The other side is up when
/// it is welcomed; a welcome on a second link replaces the first. So any number of simultaneous
/// dials ends with one and the same link on both sides.
///
/// Every input answers what is to be done now. Pure: no I/O, no thread; the clock and randomness
/// are passed in. A client dials one address after the other until one node is up.
class membership {
 public:
  using clock = std::chrono::steady_clock;
  using actions = std::vector<membership_action>;

  /// `configured`: HOST:PORT each. `random` answers 64 random bits.
  membership(peer_identity own, const std::vector<std::string>& configured,
             std::function<std::uint64_t()> random, const membership_options& options = {});

  /// To be called every 50 ms or so, and once at the start.
  actions tick(clock::time_point now);
  /// Answer to a lookup; empty when it failed.
  actions resolved(const std::string& target, const std::vector<std::string>& addresses,
                   clock::time_point now);
  /// Answer to a probe.
  actions probed(link_id link, bool answered, clock::time_point now);
  /// Answer to a dial.
  actions dialled(link_id link, dial_result result, clock::time_point now);
  /// Somebody dialled us. nullopt: too many handshakes, turn it away. Else hello() follows.
  std::optional<link_id> accepted(clock::time_point now);
  /// The other side's hello, also the one that answers ours without refusing us.
  actions hello(link_id link, const peer_identity& other, clock::time_point now);
  /// The other side, which decides for this pair, takes this link.
  actions welcome(link_id link, clock::time_point now);
  /// The other side refused us, with a sentence for our log: in its answer to our hello (which
  /// tells who it is), or later.
  actions refused(link_id link, hello_verdict verdict, const std::string& sentence,
                  clock::time_point now, const std::optional<peer_identity>& by = {});
  /// The link ended, or the failure detector declared it down. `why` is for the log.
  actions lost(link_id link, const std::string& why, clock::time_point now);
  actions goodbye(link_id link, clock::time_point now);
  /// What the failure detector thinks of a link that is up.
  void suspect(link_id link, bool suspected);
  /// Addresses of others, told by a peer that is up (from anybody else they are ignored).
  void gossip(link_id link, const std::vector<std::string>& addresses, clock::time_point now);

  struct live_peer {
    peer_identity identity;
    link_id link = 0;
    clock::time_point since;
    bool suspected = false;
  };
  /// Peers that are up, clients included.
  std::vector<live_peer> live() const;
  /// All addresses and what they are doing, for status pages.
  std::vector<membership_routes::route_view> routes() const { return routes_.routes(); }
  const peer_identity& own() const noexcept { return own_; }

 private:
  enum class stage : std::uint8_t { probing, dialling, awaits_hello, awaits_welcome, up };
  struct attempt {
    std::string address;  // dialled; empty: accepted
    enum stage stage = stage::probing;
    clock::time_point deadline;
    std::optional<peer_identity> identity;
    bool accepted() const noexcept { return address.empty(); }
  };

  membership_action& act(membership_task task, link_id link = 0);
  actions done() { return std::exchange(out_, {}); }
  attempt* find(link_id link, enum stage expected);
  void enter(attempt& a, enum stage next, clock::time_point now);

  void begin_dials(clock::time_point now);
  void end_overdue(clock::time_point now);
  void gossip_to_somebody(clock::time_point now);

  hello_rivals rivals_of(const peer_identity& other) const;
  bool must_restart(const std::optional<peer_identity>& by) const noexcept;
  bool we_decide(const peer_identity& other) const noexcept;
  void check_room(const peer_identity& other, hello_result& result) const;
  void refuse(link_id link, const hello_result& result, clock::time_point now);
  void make_room_for(const hello_result& result, const hello_rivals& rivals, clock::time_point now);
  void settle(link_id link, clock::time_point now);
  void establish(link_id link, clock::time_point now);
  void fail(link_id link, drop_reason why, clock::time_point now);
  void bring_down(incarnation_id peer, const std::string& why, clock::time_point now);
  void tell_of_others(const live_peer& to);
  void log_once(const std::string& about, const std::string& sentence);

  peer_identity own_;
  std::function<std::uint64_t()> random_;
  membership_options options_;
  membership_routes routes_;
  std::map<link_id, attempt> attempts_;  // and links that are up
  std::map<incarnation_id, live_peer> peers_;
  std::map<std::string, std::string> logged_;  // last sentence about each address
  link_id last_link_ = 0;
  clock::time_point next_gossip_{};
  actions out_;
};

}  // namespace pushmesh::cluster
