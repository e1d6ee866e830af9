#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/link/linked_peer.hpp"

namespace pushmesh::cluster {

/// Who is to be told when a socket of another node is gone, or that node. Any thread.
class watch_table {
 public:
  void add(std::uint64_t id, link_id link, std::function<void()> gone) {
    std::lock_guard lock(mutex_);
    watches_.emplace(id, watch{link, std::move(gone)});
  }
  /// Nobody wants to know any more. False: it has ended already.
  bool remove(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    return watches_.erase(id) > 0;
  }
  void ended(std::uint64_t id, link_id link) {
    std::unique_lock lock(mutex_);
    const auto found = watches_.find(id);
    if (found == watches_.end() || found->second.link != link) return;
    const auto gone = std::move(found->second.gone);
    watches_.erase(found);
    lock.unlock();
    gone();
  }
  void lost(link_id link) {
    std::vector<std::function<void()>> calls;
    {
      std::lock_guard lock(mutex_);
      std::erase_if(watches_, [&](auto& entry) {
        if (entry.second.link != link) return false;
        calls.push_back(std::move(entry.second.gone));
        return true;
      });
    }
    for (const auto& gone : calls) gone();
  }

 private:
  struct watch {
    link_id link;
    std::function<void()> gone;
  };
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, watch> watches_;
};

}  // namespace pushmesh::cluster
