#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::net {

/// The bound on what all connections of a node have queued: bytes of living frames (a shared one
/// counts once) and of the queues that point at them. One per node, used by all its loops, any
/// thread.
class outbound_budget {
 public:
  enum class level : std::uint8_t {
    normal,
    volatile_dropped,  ///< 80 % and more: volatile messages are dropped
    full               ///< 100 % and more: the largest blocked queues are closed
  };

  /// `limit` in bytes.
  explicit outbound_budget(std::size_t limit) noexcept : limit_(limit) {}
  outbound_budget(const outbound_budget&) = delete;
  outbound_budget& operator=(const outbound_budget&) = delete;

  std::size_t limit() const noexcept { return limit_; }
  std::size_t used() const noexcept {
    return live_frame_bytes() + storage_.load(std::memory_order_relaxed);
  }
  level current() const noexcept {
    const auto now = used();
    if (now >= limit_) return level::full;
    return now >= limit_ / 5 * 4 ? level::volatile_dropped : level::normal;
  }

 private:
  friend class budget_charge;
  std::size_t limit_;
  std::atomic<std::size_t> storage_{0};
};

/// Bytes taken from a budget, given back when it is destroyed.
class budget_charge {
 public:
  explicit budget_charge(outbound_budget& budget) noexcept : budget_(budget) {}
  ~budget_charge() { set(0); }
  budget_charge(const budget_charge&) = delete;
  budget_charge& operator=(const budget_charge&) = delete;
  /// Charges `bytes` instead of what was charged before.
  void set(std::size_t bytes) noexcept {
    if (bytes == bytes_) return;
    // Wraps when it shrinks, which is what unsigned arithmetic undoes again.
    budget_.storage_.fetch_add(bytes - std::exchange(bytes_, bytes), std::memory_order_relaxed);
  }

 private:
  outbound_budget& budget_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::net
