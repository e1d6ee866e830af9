#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "cluster/push/store/stored_messages.hpp"

namespace pushmesh::cluster::push {

/// A place in the log of pushes, the same on all nodes: the term of the node that numbered it, then
/// its count within that term. 0 is before all.
struct log_position {
  std::uint64_t value = 0;
  friend auto operator<=>(const log_position&, const log_position&) = default;
};

/// A push to everybody or to tags, once for all users it reaches.
struct log_entry {
  log_position at;
  message_ref message;
  bool everybody = false;
  std::vector<tag_name> tags;  ///< any of them; unless `everybody`
  std::vector<user_id> except_users;
  std::vector<tag_name> except_tags;

  /// `has_tag(tag_name)` tells of the user.
  template <class HasTag>
  bool reaches(const user_id& user, HasTag has_tag) const {
    for (const auto& u : except_users)
      if (u == user) return false;
    for (const auto& t : except_tags)
      if (has_tag(t)) return false;
    if (everybody) return true;
    for (const auto& t : tags)
      if (has_tag(t)) return true;
    return false;
  }
};

/// Pushes to tags and to all, in the order of their positions. Users have a cursor in it and read
/// from there when they are looked at: nothing is written per user while he is away.
class push_log {
 public:
  explicit push_log(std::size_t max_entries) : max_entries_(max_entries) {}

  /// Adds it behind all others. False: it does not come behind them; nothing was changed. Drops
  /// the oldest when there are too many.
  bool append(log_entry e);
  /// The last position that was appended.
  log_position end() const noexcept { return end_; }
  /// Behind positions this node never saw: what it will be sent has higher ones.
  void skip_to(log_position to) noexcept { end_ = std::max(end_, to); }
  /// Calls `visit(entry)` for what lies behind `after` and is not expired.
  template <class Visit>
  void read(log_position after, store_time now, Visit visit) const {
    auto at = std::upper_bound(entries_.begin(), entries_.end(), after, before);
    for (; at != entries_.end(); ++at)
      if (!at->message->expired(now)) visit(*at);
  }
  /// Lets go of what is expired. Looks at all: now and then is enough.
  void expire(store_time now);
  std::size_t size() const noexcept { return entries_.size(); }
  /// Entries that were dropped for others before they expired.
  std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  static bool before(log_position p, const log_entry& e) noexcept { return p < e.at; }

  const std::size_t max_entries_;
  std::deque<log_entry> entries_;
  log_position end_;
  std::uint64_t dropped_ = 0;
};

}  // namespace pushmesh::cluster::push
