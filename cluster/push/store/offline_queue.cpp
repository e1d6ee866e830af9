#include "cluster/push/store/offline_queue.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::cluster::push {

const offline_queue::entry* offline_queue::find(const message_id& id) const noexcept {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const entry& e) { return e.message->id == id; });
  return at == entries_.end() ? nullptr : &*at;
}

void offline_queue::append(message_ref m, std::uint16_t attempts) {
  bytes_ += stored_messages::cost(*m);
  entries_.push_back({std::move(m), attempts});
}

void offline_queue::attempted(const message_id& id, std::uint16_t attempts) noexcept {
  if (const auto* e = find(id))
    entries_[static_cast<std::size_t>(e - entries_.data())].attempts = attempts;
}

void offline_queue::erase(const message_id& id) noexcept {
  const auto* const e = find(id);
  if (!e) return;
  bytes_ -= stored_messages::cost(*e->message);
  entries_.erase(entries_.begin() + (e - entries_.data()));
  if (entries_.empty()) entries_.shrink_to_fit();  // most users wait for nothing most of the time
}

}  // namespace pushmesh::cluster::push
