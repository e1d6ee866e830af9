#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/link/linked_peer.hpp"

namespace pushmesh::cluster {

/// Questions to one node each that are not answered yet. `done` runs once: with the answer, or with
/// nullopt when the node is lost or silent. Any thread. As many as there are clients coming back,
/// for no longer than their deadline.
template <class Answer>
class one_node_calls {
 public:
  using clock = std::chrono::steady_clock;
  using done_callback = std::function<void(std::optional<Answer>)>;

  /// Before the question is sent. The id is not one of a call that waits.
  void add(std::uint64_t id, link_id link, clock::time_point deadline, done_callback done) {
    std::lock_guard lock(mutex_);
    calls_.emplace(id, call{link, deadline, {}, std::move(done)});
  }
  /// `change(Answer&)` adds what came to the answer, with `final` the last of it.
  template <class F>
  void answer(std::uint64_t id, link_id link, bool final, F change) {
    std::unique_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end() || found->second.link != link) return;
    change(found->second.answer);
    if (!final) return;
    auto c = take(found);
    lock.unlock();
    c.done(std::move(c.answer));
  }
  void fail(std::uint64_t id) {
    std::unique_lock lock(mutex_);
    const auto found = calls_.find(id);
    if (found == calls_.end()) return;
    const auto c = take(found);
    lock.unlock();
    c.done(std::nullopt);
  }
  void lost(link_id link) {
    end_those([link](std::uint64_t, const call& c) { return c.link == link; });
  }
  void expire(clock::time_point now) {
    end_those([now](std::uint64_t, const call& c) { return c.deadline <= now; });
  }

 private:
  struct call {
    link_id link;
    clock::time_point deadline;
    Answer answer;
    done_callback done;
  };
  using map = std::unordered_map<std::uint64_t, call>;

  call take(typename map::iterator at) {
    auto c = std::move(at->second);
    calls_.erase(at);
    return c;
  }
  template <class F>
  void end_those(F which) {
    std::vector<call> ended;
    {
      std::lock_guard lock(mutex_);
      for (auto at = calls_.begin(); at != calls_.end();) {
        const auto here = at++;
        if (which(here->first, here->second)) ended.push_back(take(here));
      }
    }
    for (auto& c : ended) c.done(std::nullopt);
  }

  std::mutex mutex_;
  map calls_;
};

}  // namespace pushmesh::cluster
