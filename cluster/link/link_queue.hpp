#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/link/parts.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

struct link_queue_options {
  /// Memory that may wait for one peer: at 10 MB/s some 1.6 s of it. A quarter is for replies, so
  /// that a flood of emits does not cost the answers to others' requests. When full, volatile items
  /// are dropped first, then what is new is refused.
  std::size_t max_bytes = 16 * 1024 * 1024;
  /// Pings and the like. They need no credit and go with the next batch: more waits only when no
  /// batch is taken at all.
  std::size_t max_control_bytes = 64 * 1024;
  /// The same for requests and tunnels of clients, beside max_bytes. Nothing is lost when it is
  /// full: their clients are not read from until there is room, or their queues fill.
  std::size_t max_session_bytes = 4 * 1024 * 1024;
  /// Bytes of the fifo, and of the clients' items, for one byte of replies while all wait.
  std::size_t fifo_weight = 4;
  std::size_t session_weight = 2;
};

/// What became of an item. Everything but `accepted` was not queued, now and for good.
enum class push_result : std::uint8_t {
  accepted,
  full,       ///< no room, even without the volatile items
  malformed,  ///< empty, or of no class that travels
};

/// How the queue may treat an item.
struct item_traits {
  bool is_volatile = false;  ///< may be dropped while it waits; ignored if there is a request
  /// The item is a request: its id is told if the item goes down with the link.
  std::optional<wire_v1::request_id> request;
};

struct outbound_batch {
  std::uint64_t sequence = 0;  ///< 1, 2, 3, ... for one link: see batch_order
  std::string bytes;           ///< for wire_reader
  std::size_t cost = 0;        ///< for send_credit::spend
};

/// What waits to be sent to one peer, encoded. Within a class the order is kept, across classes it
/// is not: control goes first, the others share what is left by weight. Lives in the link;
/// no lock, no clock.
class link_queue {
 public:
  /// What was lost with a link.
  struct lost {
    std::size_t items = 0;  ///< all but control; those sent in part included
    std::size_t bytes = 0;  ///< of these items, encoded
    std::vector<wire_v1::request_id> requests;
  };

  /// Items of a batch are gathered up to this; a longer item travels alone. Some 600 emits of 200
  /// bytes: batches of half the size cost 8 % of what a link carries.
  static constexpr std::size_t batch_bytes = 128 * 1024;

  explicit link_queue(link_queue_options options = {}) : options_(options) {}

  /// Queues one item, as encode() made it. Its class comes from its kind; the bytes are copied.
  push_result push(std::string_view item, item_traits traits = {});

  /// What to send now: at most `max_bytes`, or one item that is longer alone; items beyond max_item
  /// in parts. Items that need credit are taken while `credit` is above zero, the last may overdraw
  /// it. nullopt when there is nothing to send.
  std::optional<outbound_batch> take_batch(std::int64_t credit,
                                           std::size_t max_bytes = batch_bytes);

  /// The link is gone: drops all. Numbers of batches begin at 1 again.
  lost clear();

  bool empty() const noexcept { return waiting() == 0 && control_.empty(); }
  /// Items that wait, control not counted.
  std::size_t waiting() const noexcept { return sum(&lane::live); }
  /// Memory they take; what `max_bytes` and `max_session_bytes` bound.
  std::size_t memory() const noexcept { return sum(&lane::memory); }
  /// Volatile items dropped after they were accepted, since the queue was made.
  std::uint64_t volatile_dropped() const noexcept { return volatile_dropped_; }

 private:
  /// One item, or a run of items that follow each other and may not be dropped: most are, and so
  /// they are copied into a batch together.
  struct entry {
    std::string bytes;  // empty: dropped
    std::optional<wire_v1::request_id> request;
    bool may_grow = false;            // further items may follow in `bytes`
    std::vector<std::uint32_t> ends;  // of the items of a run in `bytes`; empty: there is one
    std::size_t items() const noexcept { return ends.empty() ? 1 : ends.size(); }
    std::size_t end_of(std::size_t i) const noexcept {
      return ends.empty() ? bytes.size() : ends[i];
    }
  };
  // A shorter rest of a batch is not worth a part.
  static constexpr std::size_t smallest_part = 1024;
  // What an item takes beside its bytes, with malloc's share; in a run it is less.
  static constexpr std::size_t overhead = sizeof(entry) + 16;
  static constexpr std::size_t max_run = batch_bytes;

  struct lane {
    std::deque<entry> entries;
    std::uint64_t first = 0;              // number of entries.front(), counted for ever
    std::deque<std::uint64_t> volatiles;  // numbers of those that may be dropped
    std::size_t volatile_bytes = 0;
    std::size_t memory = 0;
    std::size_t live = 0;      // entries not dropped
    std::uint64_t served = 0;  // bytes sent, the more the less weight it has
    // Of entries.front():
    std::optional<part_cutter> cutter;
    std::size_t sent = 0;        // items of the run
    std::size_t sent_bytes = 0;  // of those
  };

  std::size_t sum(std::size_t lane::*number) const noexcept {
    std::size_t total = 0;
    for (const auto& l : lanes_) total += l.*number;
    return total;
  }
  lane& lane_of(wire_v1::item_class c) noexcept { return lanes_[static_cast<std::size_t>(c) - 1]; }
  std::size_t factor_of(const lane& l) const noexcept;
  std::uint64_t served_by_others(const lane& l) const noexcept;
  bool make_room(lane& l, std::size_t bytes, bool for_volatile);
  void drop_oldest_volatile(lane& l);
  lane* next_lane() noexcept;
  static bool extend_run(lane& l, std::string_view item);
  bool append_from(lane& l, outbound_batch& to, std::size_t max_bytes, std::size_t credit);
  bool append_items(lane& l, outbound_batch& to, std::size_t max_bytes, std::size_t credit);
  void pop_front(lane& l);
  void skip_dropped(lane& l);
  void not_volatile_any_more(lane& l);
  std::size_t bound_of(const lane& l) const noexcept;

  link_queue_options options_;
  std::string control_;
  std::array<lane, 3> lanes_;  // fifo, reply, session
  std::uint64_t sequence_ = 0;
  std::uint64_t volatile_dropped_ = 0;
};

}  // namespace pushmesh::cluster
