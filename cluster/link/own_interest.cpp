#include "cluster/link/own_interest.hpp"

#include <span>
#include <string>
#include <utility>

#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

namespace {

/// Rooms in one item: below the size from which items are cut.
constexpr std::size_t rooms_per_item = 16 * 1024;

}  // namespace

own_interest::own_interest(std::uint64_t seed, std::function<void()> wake)
    : wake_(std::move(wake)), counts_(seed) {}

void own_interest::added(std::uint64_t room) {
  {
    std::lock_guard lock(mutex_);
    counts_.joined(room);
    if (std::exchange(woken_, true)) return;
  }
  wake_();
}

void own_interest::removed(std::uint64_t room) {
  std::lock_guard lock(mutex_);
  counts_.left(room, clock::now());
}

void own_interest::when_known(std::uint64_t room, std::function<void()> done) {
  {
    std::lock_guard lock(mutex_);
    const auto id = ++last_join_;
    if (barrier_.add(id, counts_.required_sequence(room)) == join_barrier::added::waiting) {
      joins_.emplace(id, std::move(done));
      return;
    }
  }
  done();
}

void own_interest::publish(clock::time_point now) {
  std::lock_guard lock(mutex_);
  woken_ = false;
  auto deltas = counts_.take(now);
  const std::span changes(deltas.changes);
  for (std::size_t at = 0; at < changes.size(); at += rooms_per_item) {
    const auto some = changes.subspan(at, std::min(rooms_per_item, changes.size() - at));
    std::string bytes;
    wire_v1::encode(bytes, wire_v1::interest_delta{deltas.first_sequence + at, some});
    // Refused: the peer will notice the gap and ask for all rooms.
    for (const auto& [link, to] : peers_) to.peer->outbox->push(bytes);
  }
}

void own_interest::check() {
  publish(clock::now());
  std::lock_guard lock(mutex_);
  for (auto& [link, to] : peers_) {
    if (to.owed_snapshot) send_snapshot(to);
    if (!to.owed_snapshot) to.peer->outbox->send(wire_v1::interest_check{counts_.digest()});
  }
}

void own_interest::add_peer(const peer_ref& peer) {
  std::lock_guard lock(mutex_);
  barrier_.peer_up(peer->link, counts_.digest().sequence);
  auto& to = peers_[peer->link];
  to.peer = peer;
  send_snapshot(to);
}

void own_interest::send_snapshot(audience& to) {
  const auto all = counts_.snapshot();
  const std::span rooms(all.rooms);
  to.owed_snapshot = false;
  std::size_t at = 0;
  do {
    const auto some = rooms.subspan(at, std::min(rooms_per_item, rooms.size() - at));
    const auto sent = to.peer->outbox->send(wire_v1::snapshot_part{all.digest, at, some});
    if (sent != push_result::accepted) {
      to.owed_snapshot = true;
      return;
    }
    at += some.size();
  } while (at < rooms.size());
}

void own_interest::remove_peer(link_id link) {
  std::unique_lock lock(mutex_);
  peers_.erase(link);
  run(barrier_.peer_down(link), lock);
}

void own_interest::confirmed(link_id link, std::uint64_t sequence) {
  std::unique_lock lock(mutex_);
  run(barrier_.confirmed(link, sequence), lock);
}

void own_interest::repair(link_id link) {
  std::lock_guard lock(mutex_);
  const auto found = peers_.find(link);
  if (found != peers_.end()) send_snapshot(found->second);
}

void own_interest::run(const std::vector<join_barrier::join_id>& complete,
                       std::unique_lock<std::mutex>& lock) {
  std::vector<std::function<void()>> calls;
  calls.reserve(complete.size());
  for (const auto id : complete)
    if (auto node = joins_.extract(id)) calls.push_back(std::move(node.mapped()));
  lock.unlock();
  for (const auto& call : calls) call();
}

std::size_t own_interest::rooms() const {
  std::lock_guard lock(mutex_);
  return counts_.size();
}

std::size_t own_interest::pending_joins() const {
  std::lock_guard lock(mutex_);
  return joins_.size();
}

}  // namespace pushmesh::cluster
