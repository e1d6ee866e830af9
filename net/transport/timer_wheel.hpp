#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pushmesh::net {

/// A timer that a timer_wheel runs. Intrusive: embed it, nothing is allocated. Destroying it
/// cancels it.
class timer_node {
 public:
  /// Called on the wheel's thread when due; the node is idle again by then and may be rearmed.
  using callback = void (*)(timer_node&);
  explicit timer_node(callback on_due) noexcept : on_due_(on_due) {}
  ~timer_node() { cancel(); }
  timer_node(const timer_node&) = delete;
  timer_node& operator=(const timer_node&) = delete;
  bool armed() const noexcept { return wheel_ != nullptr; }
  void cancel() noexcept;

 private:
  friend class timer_wheel;
  timer_node* next_ = nullptr;
  timer_node** link_ = nullptr;  // what points at this node: a slot's head or another's next_
  class timer_wheel* wheel_ = nullptr;
  std::uint64_t due_tick_ = 0;
  callback on_due_;
};

/// Hashed timing wheel of one shard: O(1) arm and cancel, resolution one tick. Pure: the clock is
/// passed in, something else sleeps until next_due().
class timer_wheel {
 public:
  using clock = std::chrono::steady_clock;
  explicit timer_wheel(clock::time_point now,
                       std::chrono::milliseconds tick = std::chrono::milliseconds(10),
                       std::size_t slots = 4096);
  ~timer_wheel();
  /// (Re)arms `node` to be due `delay` after now; never early, at most one tick late (plus the
  /// caller's own delay in calling advance).
  void arm(timer_node& node, clock::time_point now, std::chrono::milliseconds delay);
  /// Runs everything due. Callbacks may arm and cancel any node, their own included.
  void advance(clock::time_point now);
  /// When advance() has something to do at the earliest; time_point::max() when no node is armed.
  clock::time_point next_due() const;
  std::size_t armed() const noexcept { return armed_; }
  std::chrono::milliseconds tick() const noexcept { return tick_; }

 private:
  friend class timer_node;
  void link(timer_node& node, timer_node*& head) noexcept;
  void unlink(timer_node& node) noexcept;
  void run_slot(std::uint64_t tick);
  std::uint64_t next_occupied(std::uint64_t from, std::uint64_t to) const noexcept;
  std::uint64_t ticks_until(clock::time_point t) const noexcept;

  std::vector<timer_node*> slots_;       // heads; a power of two of them
  std::vector<std::uint64_t> occupied_;  // one bit per slot: empty ones are skipped fast
  clock::time_point origin_;
  std::chrono::milliseconds tick_;
  std::uint64_t current_tick_ = 0;  // everything due up to it has run or is running
  std::size_t armed_ = 0;
};

}  // namespace pushmesh::net
