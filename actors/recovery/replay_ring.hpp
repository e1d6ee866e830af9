#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "actors/address.hpp"
#include "actors/api/ids.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::actors {

/// A packet that was sent and may have to be sent again: once per shard and namespace, however many
/// sockets it was for.
struct replay_record {
  net::frame_ref frame;                 ///< its offset stands in frame->about()
  std::shared_ptr<const address> to;    ///< null: for the socket `only`
  socket_id only;                       ///< for one socket
  std::optional<std::uint64_t> ack_id;  ///< expects an acknowledgement, and has no offset
  std::chrono::steady_clock::time_point at;

  std::uint64_t offset() const noexcept { return frame->about().offset; }
  /// False: it was not for this socket, whatever its rooms.
  bool may_reach(const socket_id& sid) const;
  /// What keeping it costs, roughly: the frame counts whole, though other shards may share it.
  std::size_t bytes() const noexcept;
};

/// What one shard sent to one namespace, oldest first. Each record has a position that never
/// changes; what is dropped is always the oldest. Pure.
class replay_ring {
 public:
  /// Positions: [first, next).
  std::uint64_t first() const noexcept { return first_; }
  std::uint64_t next() const noexcept { return first_ + records_.size(); }
  bool empty() const noexcept { return records_.empty(); }
  const replay_record& at(std::uint64_t position) const {
    return records_[static_cast<std::size_t>(position - first_)];
  }
  /// Where the packet with this offset stands, at `from` or behind it: the oldest that may have
  /// reached this socket. A packet that some sockets got from where they were before stands here
  /// once for each of them alone, and for all others (with those excepted) once more.
  std::optional<std::uint64_t> find(std::uint64_t offset, const socket_id& sid,
                                    std::uint64_t from = 0) const;
  /// Some record of that packet; nullptr when there is none.
  const replay_record* any_of(std::uint64_t offset) const;
  void append(replay_record r);
  /// The bytes that are free now.
  std::size_t drop_oldest();

 private:
  std::deque<replay_record> records_;
  std::unordered_multimap<std::uint64_t, std::uint64_t> positions_;  // by offset
  std::uint64_t first_ = 1;
};

/// Bounds what the rings of one shard hold together, in bytes and in time: the oldest record of all
/// goes first. Pure.
class replay_memory {
 public:
  using clock = std::chrono::steady_clock;
  explicit replay_memory(std::chrono::milliseconds max_age) noexcept : max_age_(max_age) {}

  /// Then no more than `max_bytes` are held.
  void add(const std::shared_ptr<replay_ring>& ring, replay_record r, std::size_t max_bytes);
  void expire(clock::time_point now);
  /// Nobody needs this ring any more.
  void close(replay_ring& ring);
  std::size_t bytes() const noexcept { return bytes_; }
  /// When the oldest record is due; time_point::max() when there is none.
  clock::time_point next_due() const;

 private:
  void drop_front();
  struct entry {
    std::shared_ptr<replay_ring> ring;
    clock::time_point at;
  };
  std::chrono::milliseconds max_age_;
  std::deque<entry> order_;  // one per record, oldest first; closed rings are empty
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::actors
