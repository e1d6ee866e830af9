#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/backoff.hpp"
#include "cluster/link/membership_options.hpp"
#include "cluster/link/peer_identity.hpp"

namespace pushmesh::cluster {

/// What an address is doing.
enum class route_state : std::uint8_t {
  waiting,  ///< not tried yet, or to be tried again
  probing,  ///< a bare connect tells whether anybody listens
  dialling,
  hello_sent,
  up,       ///< leads to a peer that is up, by this address or by another link
  refused,  ///< by us or by them; tried again now and then
  left,     ///< its node said goodbye
  self,     ///< leads back to us
};
std::string_view to_string(route_state s) noexcept;

/// The addresses somebody may listen on, where they come from, and which to dial when.
///
/// A target is what was configured or learned, HOST:PORT; its host may be a DNS name with several
/// addresses, each of which is a route of its own and may be another node. Targets that were
/// learned and never led to a peer expire, so that neither stale nor hostile gossip grows the list.
/// Part of membership; pure.
class membership_routes {
 public:
  using clock = std::chrono::steady_clock;
  using random_source = std::function<std::uint64_t()>;

  membership_routes(const std::vector<std::string>& configured, const membership_options& options,
                    random_source random);

  /// Another node told of these targets. Ignored: what is no HOST:PORT, and what the list has no
  /// room for.
  void learn(const std::vector<std::string>& targets, clock::time_point now);
  /// DNS answered. An empty list: it failed, what was known stays.
  void resolved(const std::string& target, const std::vector<std::string>& addresses,
                clock::time_point now);

  /// Targets whose name must be looked up now. Numeric addresses never are.
  std::vector<std::string> due_lookups(clock::time_point now);
  /// Up to `most` addresses to probe now, configured ones first; they count as probing from here.
  std::vector<std::string> due_dials(clock::time_point now, std::size_t most);
  std::size_t in_progress() const noexcept;

  void advance(const std::string& address, route_state to);
  void failed(const std::string& address, clock::time_point now);
  void cut_by_tick(const std::string& address, clock::time_point now);
  void refused(const std::string& address, clock::time_point now);
  void leads_to_self(const std::string& address, clock::time_point now);
  /// A hello came from there: while this peer is up, the address is not dialled.
  void leads_to(const std::string& address, const incarnation_id& peer);

  /// `dialled` and `advertised` are addresses of the peer; empty where there is none.
  void peer_up(const incarnation_id& peer, const std::string& dialled,
               const std::string& advertised, clock::time_point now);
  void peer_lost(const incarnation_id& peer, clock::time_point now);
  /// The same after a goodbye: what was only learned is forgotten.
  void peer_left(const incarnation_id& peer, clock::time_point now);
  /// Forgets what is too old. Does its work once a second.
  void expire(clock::time_point now);

  struct route_view {
    std::string address;
    route_state state = route_state::waiting;
    bool configured = false;
    std::optional<incarnation_id> peer;
    std::uint32_t failures = 0;
  };
  std::vector<route_view> routes() const;
  std::size_t target_count() const noexcept { return targets_.size(); }

 private:
  struct target {
    bool configured = false;
    bool numeric = false;
    bool ever_up = false;
    clock::time_point seen;  // learned, told again, or last known to be up
    clock::time_point next_lookup;
    std::vector<std::string> addresses;
  };
  struct route {
    route_state state = route_state::waiting;
    clock::time_point next{};
    backoff waits;
    std::optional<incarnation_id> peer;
    bool wanted = true;  // some target has it
    bool configured = false;
  };

  target* add_target(const std::string& text, clock::time_point now);
  void relink();
  void drop_unwanted();
  route fresh_route(clock::time_point now) const;
  bool leads_to_up(const route& r) const { return r.peer && up_.contains(*r.peer); }
  bool busy(const route& r) const noexcept;
  void wait(route& r, route_state state, std::chrono::milliseconds time, clock::time_point now);
  template <class F>
  void each_route_of(const incarnation_id& peer, F&& f);

  membership_options options_;
  random_source random_;
  std::map<std::string, target> targets_;
  std::map<std::string, route> routes_;  // by numeric address
  std::set<incarnation_id> up_;
  clock::time_point next_expiry_{};
};

}  // namespace pushmesh::cluster
