#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/api/ids.hpp"
#include "cluster/link/linked_peer.hpp"
#include "cluster/link/wire_v1_request.hpp"

namespace pushmesh::cluster {

/// The sockets of this node of which one peer wants to know when they are gone. Any thread.
class peer_watches {
 public:
  /// As many as a node has stand-ins (remote_sockets); some 100 bytes each.
  static constexpr std::size_t max_watches = 65'536;

  struct watch {
    socket_id socket;
    std::uint64_t watcher = 0;  ///< its name in local_sockets
  };

  explicit peer_watches(peer_ref peer) : peer_(std::move(peer)) {}

  /// False: there are too many, or one of this id.
  bool add(wire_v1::request_id id, const watch& w) {
    std::lock_guard lock(mutex_);
    const auto added = watches_.size() < max_watches && watches_.emplace(id.value, w).second;
    peer_->watches = watches_.size();
    return added;
  }
  /// Ends one; nullopt when it has ended already.
  std::optional<watch> take(wire_v1::request_id id) {
    std::lock_guard lock(mutex_);
    auto node = watches_.extract(id.value);
    peer_->watches = watches_.size();
    return node ? std::optional(node.mapped()) : std::nullopt;
  }
  std::vector<watch> take_all() {
    std::lock_guard lock(mutex_);
    std::vector<watch> all;
    peer_->watches = 0;
    for (const auto& [id, w] : std::exchange(watches_, {})) all.push_back(w);
    return all;
  }

 private:
  const peer_ref peer_;  // whose number of watches is shown
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, watch> watches_;
};

}  // namespace pushmesh::cluster
