#pragma once

#include <atomic>
#include <cstddef>

namespace pushmesh::net {

/// Bounds the client descriptors of a node, or its sessions that began with polling. One of each
/// per node, used by all its loops, any thread.
class connection_quota {
 public:
  /// `limit` 0: no bound but the one of the operating system.
  explicit connection_quota(std::size_t limit) noexcept : limit_(limit) {}
  /// Takes a place; false when none is left.
  bool take() noexcept {
    if (taken_.fetch_add(1, std::memory_order_relaxed) < limit_ || limit_ == 0) return true;
    give_back();
    return false;
  }
  /// Takes a place although none may be left.
  void take_anyway() noexcept { taken_.fetch_add(1, std::memory_order_relaxed); }
  void give_back() noexcept { taken_.fetch_sub(1, std::memory_order_relaxed); }
  std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

 private:
  std::size_t limit_;
  std::atomic<std::size_t> taken_{0};
};

}  // namespace pushmesh::net
