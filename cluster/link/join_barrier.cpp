#include "cluster/link/join_barrier.hpp"

namespace pushmesh::cluster {

join_barrier::added join_barrier::add(join_id id, std::uint64_t sequence) {
  if (complete(sequence)) return added::complete;
  if (waiting_.size() >= max_pending_) return added::full;
  waiting_.emplace(sequence, id);
  return added::waiting;
}

void join_barrier::peer_up(peer_id peer, std::uint64_t snapshot_sequence) {
  confirmed_.emplace(peer, snapshot_sequence);
  find_floor();
}

std::vector<join_barrier::join_id> join_barrier::confirmed(peer_id peer, std::uint64_t sequence) {
  const auto at = confirmed_.find(peer);
  if (at == confirmed_.end() || sequence <= at->second) return {};
  const auto was_slowest = at->second == floor_;
  at->second = sequence;
  if (!was_slowest || --at_floor_ > 0) return {};
  find_floor();
  return release();
}

std::vector<join_barrier::join_id> join_barrier::peer_down(peer_id peer) {
  if (confirmed_.erase(peer) == 0) return {};
  find_floor();
  return release();
}

void join_barrier::find_floor() {
  at_floor_ = 0;
  for (const auto& [peer, sequence] : confirmed_) {
    if (at_floor_ == 0 || sequence < floor_) {
      floor_ = sequence;
      at_floor_ = 1;
    } else if (sequence == floor_) {
      ++at_floor_;
    }
  }
}

std::vector<join_barrier::join_id> join_barrier::release() {
  const auto end = confirmed_.empty() ? waiting_.end() : waiting_.upper_bound(floor_);
  std::vector<join_id> done;
  for (auto at = waiting_.begin(); at != end; ++at) done.push_back(at->second);
  waiting_.erase(waiting_.begin(), end);
  return done;
}

}  // namespace pushmesh::cluster
