#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/link/link_queue.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// How soon a link is to look at what waits.
enum class wake_up : std::uint8_t {
  gather,  ///< when whoever sends is done with what is at hand: more may follow at once
  now,     ///< a batch is full
};

/// What waits to be sent to one peer, as all threads see it: a link_queue behind a lock, and a call
/// that wakes the link when there is something new. Shared by the link and everybody who sends.
class peer_outbox {
 public:
  /// `wake` must not call back. After the link has seen that nothing is left it is called for what
  /// comes first, and once more when a batch is full before the link has looked.
  explicit peer_outbox(std::function<void(wake_up)> wake, const link_queue_options& options = {})
      : queue_(options), wake_(std::move(wake)) {}

  /// Queues an encoded item. `full` also when the link is gone.
  push_result push(std::string_view item, item_traits traits = {});
  /// Encodes and queues one. `malformed` when it breaks a bound of the wire format.
  template <class Item>
  push_result send(const Item& item, item_traits traits = {}) {
    std::string bytes;
    if (!wire_v1::encode(bytes, item)) return push_result::malformed;
    return push(bytes, traits);
  }

  /// The next batch; see link_queue::take_batch. nullopt: nothing that may be sent. From then on
  /// the next push wakes.
  std::optional<outbound_batch> take_batch(std::int64_t credit);
  /// The link is gone: drops all, refuses all, wakes nobody any more. Answers what the first call
  /// dropped: the link and the gateway both call.
  link_queue::lost close();
  bool is_closed() const;

  struct figures {
    std::size_t bytes = 0;      ///< memory of what waits
    std::size_t items = 0;      ///< that wait
    std::uint64_t refused = 0;  ///< items, since the link came up: the queue was full
    std::uint64_t volatile_dropped = 0;
  };
  figures look() const;

 private:
  mutable std::mutex mutex_;  // of what follows
  link_queue queue_;
  std::function<void(wake_up)> wake_;
  std::uint64_t refused_ = 0;
  std::optional<link_queue::lost> lost_;  // once closed
  bool woken_ = false;                    // the link will look
  bool gathering_ = false;                // but perhaps not yet
  bool closed_ = false;
};

}  // namespace pushmesh::cluster
