#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/link/linked_peer.hpp"

namespace pushmesh::cluster {

/// Requests of one kind that other nodes have not answered yet. Each node that was asked owes one
/// part to the request's collector: its answer, or when the node is lost or silent a part with its
/// name under `nodes_missing`. Any thread.
template <class Collector, class Result>
class request_table {
 public:
  using clock = std::chrono::steady_clock;
  using collector_ref = std::shared_ptr<Collector>;
  /// Answers that may be owed at a time: some 150 bytes each, 40 MB in all. As many as a node with
  /// 100 peers asks for with 2,600 broadcasts that wait for all of them.
  static constexpr std::size_t max_owed = 262'144;

  explicit request_table(std::size_t max = max_owed) : max_owed_(max) {}

  /// Before the request is sent: an answer may come at once. Tells the collector what to expect.
  /// False when too much is owed already: all those asked are missing, send nothing.
  [[nodiscard]] bool add(std::uint64_t id, const collector_ref& into,
                         const std::vector<peer_ref>& asked, clock::time_point deadline) {
    if (asked.empty()) return true;
    into->expect(asked.size());
    {
      std::lock_guard lock(mutex_);
      if (asked.size() <= max_owed_ - owed_) {
        requests_[id] = {into, asked, deadline};
        owed_ += asked.size();
        return true;
      }
    }
    for (const auto& p : asked) into->add(missing(p->name()), false);
    return false;
  }
  /// A piece of a node's answer, with `final` the last one.
  void answer(std::uint64_t id, link_id link, Result part, bool final) {
    collector_ref into;
    {
      std::lock_guard lock(mutex_);
      const auto r = requests_.find(id);
      if (r == requests_.end()) return;
      const auto from = find(r->second, link);
      if (from == r->second.asked.end()) return;
      into = r->second.into;
      if (final) settle(r, from);
    }
    into->add(std::move(part), !final);
  }
  /// The node did not take the request.
  void fail(std::uint64_t id, const linked_peer& peer) {
    answer(id, peer.link, missing(peer.name()), true);
  }
  /// The node is lost: all that waits for it.
  void lost(const linked_peer& peer) {
    std::vector<std::uint64_t> ids;
    {
      std::lock_guard lock(mutex_);
      for (const auto& [id, r] : requests_)
        if (find(r, peer.link) != r.asked.end()) ids.push_back(id);
    }
    for (const auto id : ids) fail(id, peer);
  }
  /// Those asked that have not answered yet.
  std::vector<peer_ref> waiting_for(std::uint64_t id) const {
    std::lock_guard lock(mutex_);
    const auto r = requests_.find(id);
    return r == requests_.end() ? std::vector<peer_ref>{} : r->second.asked;
  }
  /// Gives up those whose time is over.
  void expire(clock::time_point now) {
    std::vector<std::pair<std::uint64_t, peer_ref>> overdue;
    {
      std::lock_guard lock(mutex_);
      for (const auto& [id, r] : requests_)
        if (r.deadline <= now)
          for (const auto& p : r.asked) overdue.emplace_back(id, p);
    }
    for (const auto& [id, peer] : overdue) fail(id, *peer);
  }
  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return requests_.size();
  }

 private:
  struct request {
    collector_ref into;
    std::vector<peer_ref> asked;  // who still owes an answer
    clock::time_point deadline;
  };
  using map = std::unordered_map<std::uint64_t, request>;

  static auto find(const request& r, link_id link) {
    return std::find_if(r.asked.begin(), r.asked.end(),
                        [link](const peer_ref& p) { return p->link == link; });
  }
  void settle(typename map::iterator r, typename std::vector<peer_ref>::const_iterator from) {
    r->second.asked.erase(from);
    --owed_;
    if (r->second.asked.empty()) requests_.erase(r);
  }
  static Result missing(const std::string& node) {
    Result part;
    part.nodes_missing.push_back(node);
    return part;
  }

  const std::size_t max_owed_;
  mutable std::mutex mutex_;  // of what follows
  map requests_;
  std::size_t owed_ = 0;
};

}  // namespace pushmesh::cluster
