#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cluster/push/store/stored_messages.hpp"

namespace pushmesh::cluster::push {

/// What one user has not acknowledged yet, in the order in which it was pushed. It only carries
/// out: user_record decides.
class offline_queue {
 public:
  struct entry {
    message_ref message;
    std::uint16_t attempts = 0;  ///< times it was sent
  };
  using iterator = std::vector<entry>::const_iterator;

  iterator begin() const noexcept { return entries_.begin(); }
  iterator end() const noexcept { return entries_.end(); }
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  /// Of the messages, as stored_messages counts them.
  std::size_t bytes() const noexcept { return bytes_; }
  /// Null: not in it.
  const entry* find(const message_id& id) const noexcept;

  /// Behind all others. The id is not in it.
  void append(message_ref m, std::uint16_t attempts);
  void attempted(const message_id& id, std::uint16_t attempts) noexcept;
  void erase(const message_id& id) noexcept;

 private:
  std::vector<entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::cluster::push
