#include "cluster/push/store/receipt_table.hpp"

namespace pushmesh::cluster::push {

namespace {

/// Of a message beside its receipts: its id twice, its places in map and list.
constexpr std::size_t overhead = 200;

}  // namespace

receipt_table::receipt_table(const store_limits& limits)
    : max_bytes_(limits.receipt_bytes),
      max_listed_(limits.receipts_per_message),
      kept_(limits.receipts_kept) {}

void receipt_table::note(const message_id& message, const receipt_event& e) {
  auto& of = messages_[message];
  if (!of) {
    of = std::make_unique<message_receipts>(names_, e.at, max_listed_);
    oldest_first_.push_back(message);
    bytes_ += overhead + of->bytes();
  }
  bytes_ -= of->bytes();
  of->note(e);
  bytes_ += of->bytes();
  while (bytes_ > max_bytes_ && !oldest_first_.empty()) drop_oldest();
}

const message_receipts* receipt_table::find(const message_id& message) const {
  const auto found = messages_.find(message);
  return found == messages_.end() ? nullptr : found->second.get();
}

void receipt_table::drop_oldest() {
  const auto at = messages_.find(oldest_first_.front());
  bytes_ -= overhead + at->second->bytes();
  messages_.erase(at);
  oldest_first_.pop_front();
}

void receipt_table::expire(store_time now) {
  while (!oldest_first_.empty() && messages_.at(oldest_first_.front())->begun() + kept_ <= now)
    drop_oldest();
}

}  // namespace pushmesh::cluster::push
