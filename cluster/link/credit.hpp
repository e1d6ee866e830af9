#pragma once

#include <cstddef>
#include <cstdint>

#include "cluster/link/wire_v1_bounds.hpp"

namespace pushmesh::cluster {

/// Sending side of a link's flow control: how many bytes may still be sent. Both sides begin with a
/// full window at every new link.
class send_credit {
 public:
  explicit send_credit(std::size_t window = wire_v1::credit_window) noexcept
      : window_(static_cast<std::int64_t>(window)), available_(window_) {}

  /// The next item may be sent, whatever its length: it can overdraw.
  bool may_send() const noexcept { return available_ > 0; }
  /// Below zero after an overdraft.
  std::int64_t available() const noexcept { return available_; }
  /// What a batch cost was sent (outbound_batch::cost).
  void spend(std::size_t bytes) noexcept { available_ -= static_cast<std::int64_t>(bytes); }
  /// The other side returned some. False, and nothing changes, if that is more than was spent: an
  /// error of the other side.
  [[nodiscard]] bool grant(std::uint64_t bytes) noexcept {
    if (bytes > static_cast<std::uint64_t>(window_ - available_)) return false;
    available_ += static_cast<std::int64_t>(bytes);
    return true;
  }
  /// Sent and not returned yet.
  std::size_t in_flight() const noexcept { return static_cast<std::size_t>(window_ - available_); }

 private:
  std::int64_t window_;
  std::int64_t available_;
};

/// Receiving side: what came, what the shards took, and what is due to the sender. Returns are
/// gathered, so that they are few: a quarter of the window, or all when nothing is going on.
class receive_credit {
 public:
  explicit receive_credit(std::size_t window = wire_v1::credit_window) noexcept : window_(window) {}

  /// A batch came; its cost is wire_reader::cost(). False, and nothing changes, if the sender had
  /// no credit for it: what we hold is bounded by the window and one overdraft.
  [[nodiscard]] bool received(std::size_t bytes) noexcept {
    if (bytes == 0) return true;
    if (held_ + due_ + bytes > window_ + wire_v1::max_item) return false;
    held_ += bytes;
    return true;
  }
  /// The shards took so much of it. False, and nothing changes, if that is more than they were
  /// given.
  bool taken(std::size_t bytes) noexcept {
    if (bytes > held_) return false;
    held_ -= bytes;
    due_ += bytes;
    return true;
  }
  /// What to return now, as it pays: 0 below a quarter of the window.
  [[nodiscard]] std::size_t gathered_return() noexcept {
    return due_ < window_ / 4 ? 0 : all_due();
  }
  /// What to return when the link is idle: all that was taken. 0 if there is none.
  [[nodiscard]] std::size_t idle_return() noexcept { return all_due(); }

  /// Received and not taken yet.
  std::size_t held() const noexcept { return held_; }

 private:
  std::size_t all_due() noexcept {
    const auto bytes = due_;
    due_ = 0;
    return bytes;
  }
  std::size_t window_;
  std::size_t held_ = 0;
  std::size_t due_ = 0;
};

}  // namespace pushmesh::cluster
