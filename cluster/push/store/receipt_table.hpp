#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>

#include "cluster/push/store/message_receipts.hpp"
#include "cluster/push/store/store_limits.hpp"

namespace pushmesh::cluster::push {

/// The receipts of all messages, bounded in bytes and time; the oldest message's go first.
class receipt_table {
 public:
  explicit receipt_table(const store_limits& limits);

  /// Users have names, so `e.user` is not empty.
  void note(const message_id& message, const receipt_event& e);
  /// Null: no receipt of it is kept (any more).
  const message_receipts* find(const message_id& message) const;
  void expire(store_time now);
  std::size_t size() const noexcept { return messages_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  void drop_oldest();

  const std::size_t max_bytes_, max_listed_;
  const std::chrono::milliseconds kept_;
  name_pool names_;
  std::unordered_map<message_id, std::unique_ptr<message_receipts>> messages_;
  std::deque<message_id> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::cluster::push
