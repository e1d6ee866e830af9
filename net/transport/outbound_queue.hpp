#pragma once

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "net/protocol/websocket_frame.hpp"
#include "net/transport/outbound_budget.hpp"

namespace pushmesh::net {

/// The frames one connection still has to write, in order. Three words while idle or while one
/// frame waits; the rest is given back as soon as it is written. One thread.
class outbound_queue {
 public:
  outbound_queue() noexcept;
  ~outbound_queue();
  outbound_queue(const outbound_queue&) = delete;
  outbound_queue& operator=(const outbound_queue&) = delete;

  bool empty() const noexcept { return !front_; }
  /// Bytes not yet written.
  std::size_t bytes() const noexcept;
  std::size_t frames() const noexcept;
  /// When the oldest frame was built; only while not empty.
  std::chrono::steady_clock::time_point oldest() const noexcept { return front_->built_at(); }

  /// Appends; storage beyond the first frame is charged to `budget`.
  void push(frame_ref f, outbound_budget& budget);
  /// Describes the bytes to write next in at most `max` pieces; returns their number.
  std::size_t gather(iovec* out, std::size_t max) const noexcept;
  /// Takes `bytes` written bytes from the front; returns the number of frames completed by them.
  std::size_t consume(std::size_t bytes);
  /// Takes the front frame, which is not partly written; only while not empty.
  frame_ref pop() noexcept;
  /// Whether `wanted(const frame&)` holds for one of them.
  template <class Predicate>
  bool any(Predicate wanted) const {
    for (std::size_t i = 0, n = frames(); i < n; ++i)
      if (wanted(at(i))) return true;
    return false;
  }

  // None of these touches a front frame that is partly written: the peer waits for its rest.
  // Each returns the number of frames it dropped.

  /// Drops all volatile frames.
  std::size_t drop_volatile();
  /// Drops events from the front until bytes() <= max_bytes. Frames that carry no event
  /// (handshake, control packets, acks: event_hash 0) stay, the protocol depends on them.
  std::size_t drop_oldest(std::size_t max_bytes);
  /// Drops all frames of this event.
  std::size_t coalesce(std::uint32_t event_hash);
  std::size_t clear_except_partial();
  /// Drops everything, a partly written frame included.
  void clear() noexcept;

 private:
  struct rest;
  template <class Predicate>
  std::size_t drop_if(Predicate dropped);
  void next_front() noexcept;
  const frame& at(std::size_t i) const noexcept;

  frame_ref front_;
  std::unique_ptr<rest> rest_;  // what waits behind front_; null when nothing does
  std::uint32_t offset_ = 0;    // bytes of front_ that are written
  bool may_hold_volatile_ = false;
};

}  // namespace pushmesh::net
