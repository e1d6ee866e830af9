#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace pushmesh::net {

/// Bounds the bytes of request bodies that the connections of a listener hold. Any thread.
class body_quota {
 public:
  explicit body_quota(std::size_t limit) noexcept : limit_(limit) {}
  std::size_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

 private:
  friend class body_place;
  bool take(std::size_t bytes) noexcept {
    if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= limit_) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) noexcept { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

  const std::size_t limit_;
  std::atomic<std::size_t> taken_{0};
};

/// The share of one body in it. Belongs to one thread.
class body_place {
 public:
  explicit body_place(std::shared_ptr<body_quota> quota) noexcept : quota_(std::move(quota)) {}
  ~body_place() { clear(); }
  body_place(const body_place&) = delete;
  body_place& operator=(const body_place&) = delete;

  /// False when that is too much; it keeps what it had then.
  bool grow_to(std::size_t bytes) noexcept {
    if (bytes <= bytes_) return true;
    if (!quota_->take(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  void clear() noexcept { quota_->give_back(std::exchange(bytes_, 0)); }

 private:
  std::shared_ptr<body_quota> quota_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::net
