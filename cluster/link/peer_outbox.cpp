#include "cluster/link/peer_outbox.hpp"

#include <utility>

namespace pushmesh::cluster {

namespace {

/// What clients send to sessions is not lost when it is refused: it waits at its shard.
bool is_for_session(std::string_view item) noexcept {
  using namespace wire_v1;
  return class_of(static_cast<item_kind>(item[0])) == item_class::session;
}

}  // namespace

push_result peer_outbox::push(std::string_view item, item_traits traits) {
  std::lock_guard lock(mutex_);
  if (closed_) return push_result::full;
  const auto result = queue_.push(item, traits);
  if (result == push_result::full && !is_for_session(item)) ++refused_;
  if (result != push_result::accepted) return result;
  // Under the lock: close() makes sure that nobody is woken afterwards.
  if (!std::exchange(woken_, true)) {
    gathering_ = true;
    wake_(wake_up::gather);
  } else if (gathering_ && queue_.memory() >= link_queue::batch_bytes) {
    gathering_ = false;
    wake_(wake_up::now);
  }
  return result;
}

std::optional<outbound_batch> peer_outbox::take_batch(std::int64_t credit) {
  std::lock_guard lock(mutex_);
  auto batch = queue_.take_batch(credit);
  gathering_ = false;
  if (!batch) woken_ = false;
  return batch;
}

link_queue::lost peer_outbox::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  wake_ = {};
  if (!lost_) lost_ = queue_.clear();
  return *lost_;
}

bool peer_outbox::is_closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

peer_outbox::figures peer_outbox::look() const {
  std::lock_guard lock(mutex_);
  return {queue_.memory(), queue_.waiting(), refused_, queue_.volatile_dropped()};
}

}  // namespace pushmesh::cluster
