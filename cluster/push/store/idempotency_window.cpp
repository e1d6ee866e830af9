#include "cluster/push/store/idempotency_window.hpp"

#include <utility>

namespace pushmesh::cluster::push {

idempotency_window::idempotency_window(const store_limits& limits)
    : window_(limits.idempotency_window),
      max_entries_(limits.idempotency_entries),
      max_bytes_(limits.idempotency_bytes) {}

idempotency_window::result idempotency_window::begin(const message_id& id, std::uint64_t content,
                                                     store_time now) {
  expire(now);
  if (const auto found = ids_.find(id); found != ids_.end()) {
    const auto& e = found->second;
    if (e.content != content) return {verdict::conflict};
    if (!e.answer) return {verdict::running};
    return {verdict::duplicate, *e.answer};
  }
  if (ids_.size() >= max_entries_ || bytes_ + cost(id) > max_bytes_) return {verdict::full};
  ids_.emplace(id, entry{content, now, std::nullopt});
  oldest_first_.emplace_back(now, id);
  bytes_ += cost(id);
  return {verdict::first};
}

void idempotency_window::finish(const message_id& id, std::string answer) {
  const auto found = ids_.find(id);
  if (found == ids_.end() || found->second.answer) return;
  bytes_ += answer.size();
  found->second.answer = std::move(answer);
}

void idempotency_window::abandon(const message_id& id) {
  const auto found = ids_.find(id);
  if (found == ids_.end() || found->second.answer) return;
  bytes_ -= cost(id);
  ids_.erase(found);
}

void idempotency_window::expire(store_time now) {
  while (!oldest_first_.empty() && oldest_first_.front().first + window_ <= now) {
    auto [begun, id] = std::move(oldest_first_.front());
    oldest_first_.pop_front();
    const auto found = ids_.find(id);
    if (found == ids_.end() || found->second.begun != begun) continue;  // was given up
    if (!found->second.answer) {
      // It still runs: look again when another window is over.
      found->second.begun = now;
      oldest_first_.emplace_back(now, std::move(id));
      continue;
    }
    bytes_ -= cost(id) + found->second.answer->size();
    ids_.erase(found);
  }
}

}  // namespace pushmesh::cluster::push
