#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pushmesh::cluster::push {

/// What becomes of a message for a user whose queue is full.
enum class queue_policy : std::uint8_t {
  drop_oldest,    ///< it is stored, the oldest one expires early: who comes back wants the newest
  refuse_newest,  ///< it is not stored, and the sender is told so
};

/// Every bound of the session store on one node, with its default.
struct store_limits {
  /// Messages that wait for one user: three weeks of two an hour. A full queue costs 24 KB, the
  /// payloads it shares with others not counted.
  std::size_t queue_per_user = 1'000;
  /// Payloads in them: what moves to another node in one piece when his owner changes.
  std::size_t queue_bytes_per_user = 4 * 1024 * 1024;
  queue_policy full_queue = queue_policy::drop_oldest;
  /// Devices of one user that are online at once, whatever the device policy. A further one is
  /// refused: nobody has so many, but a client that reconnects in a loop does.
  std::size_t devices_per_user = 64;
  /// Tags of one user, granted and claimed. Further ones are refused.
  std::size_t tags_per_user = 1'000;
  /// Bytes of the name of a user, device, platform, tag, message or address. A longer one is a
  /// `bad_request`.
  std::size_t name_bytes = 1'024;
  /// Users of which anything is kept. Further ones are refused: `unavailable`.
  std::size_t users = 1'000'000;
  /// Operations that this node has asked for and that are not done. Further ones are `unavailable`
  /// at once: so many wait only when the owners do not answer.
  std::size_t operations = 200'000;
  /// Memory of all payloads, each counted once. When it is full new messages are not stored.
  std::size_t message_bytes = 256 * 1024 * 1024;
  /// Pushes to tags and to all that are remembered for users who are away; beyond, the oldest is
  /// dropped: who was away for so long misses it. At one push to all in 5 s these are 5 days.
  std::size_t log_entries = 100'000;
  /// Recipients of one message with a receipt each; with more of them it keeps counts only.
  std::size_t receipts_per_message = 10'000;
  /// Memory of all receipts: 5 million of them. When it is full the oldest message's are dropped.
  std::size_t receipt_bytes = 200 * 1024 * 1024;
  /// How long the receipts of a message are kept, from its first one on.
  std::chrono::milliseconds receipts_kept = std::chrono::hours(24);
  /// So long a message id is not sent again and answers as the first time.
  std::chrono::milliseconds idempotency_window = std::chrono::minutes(10);
  /// Message ids in that window, and bytes of their answers. When it is full a push is refused
  /// (`unavailable`): to forget one early could send it twice.
  std::size_t idempotency_entries = 1'000'000;
  std::size_t idempotency_bytes = 64 * 1024 * 1024;
};

}  // namespace pushmesh::cluster::push
