#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "cluster/push/store/store_ids.hpp"
#include "cluster/push/store/store_limits.hpp"

namespace pushmesh::cluster::push {

/// Message ids that were used lately, and what the first push of each was answered.
class idempotency_window {
 public:
  enum class verdict : std::uint8_t {
    first,      ///< go on, then finish() or abandon() it
    running,    ///< the first one is under way: wait for its answer
    duplicate,  ///< was answered: `answer`
    conflict,   ///< another content has this id
    full,       ///< no room: try again later
  };
  struct result {
    verdict what = verdict::first;
    std::string answer{};
  };

  explicit idempotency_window(const store_limits& limits);

  /// `content` tells contents apart: a digest of target and data.
  result begin(const message_id& id, std::uint64_t content, store_time now);
  /// The answer of the first. Unknown and answered ids are ignored.
  void finish(const message_id& id, std::string answer);
  /// The first one failed before anything was sent: the id is free again.
  void abandon(const message_id& id);
  /// Ids whose window is over. Those that still run stay: they are not to run twice.
  void expire(store_time now);
  std::size_t size() const noexcept { return ids_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct entry {
    std::uint64_t content;
    store_time begun;
    std::optional<std::string> answer;
  };
  static std::size_t cost(const message_id& id) noexcept { return 2 * id.text.size(); }

  const std::chrono::milliseconds window_;
  const std::size_t max_entries_, max_bytes_;
  std::unordered_map<message_id, entry> ids_;
  std::deque<std::pair<store_time, message_id>> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::cluster::push
