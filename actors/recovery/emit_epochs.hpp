#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

namespace pushmesh::actors {

/// Says when all emits that were under way have reached every shard and link. An emit reaches them
/// one after the other, and its thread may be stopped in between for as long as the machine likes.
/// Any thread, no locks.
class emit_epochs {
 public:
  /// Held while one emit is brought to all it concerns.
  class section {
   public:
    section() = default;
    explicit section(std::atomic<std::int64_t>& running) noexcept : running_(&running) {}
    section(section&& o) noexcept : running_(std::exchange(o.running_, nullptr)) {}
    section& operator=(section&&) = delete;
    ~section() {
      if (running_) running_->fetch_sub(1);
    }

   private:
    std::atomic<std::int64_t>* running_ = nullptr;
  };

  section enter() noexcept {
    for (;;) {
      const auto now = epoch_.load();
      auto& running = running_[now & 1];
      running.fetch_add(1);
      if (epoch_.load() == now) return section(running);
      running.fetch_sub(1);
    }
  }
  std::uint64_t now() const noexcept { return epoch_.load(); }
  /// True once every emit has ended that was under way when now() was `then`; ask again until it
  /// is.
  bool over(std::uint64_t then) noexcept {
    auto current = epoch_.load();
    // Only two kinds of emits are told apart: a third begins when those before the last are done.
    if (current == then && running_[(current + 1) & 1].load() == 0)
      epoch_.compare_exchange_strong(current, current + 1);
    current = epoch_.load();
    return current > then + 1 || (current == then + 1 && running_[then & 1].load() == 0);
  }

 private:
  std::atomic<std::uint64_t> epoch_{0};
  std::array<std::atomic<std::int64_t>, 2> running_{};
};

}  // namespace pushmesh::actors
