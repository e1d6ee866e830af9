#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/push/store/name_pool.hpp"
#include "cluster/push/store/store_ids.hpp"

namespace pushmesh::cluster::push {

/// How far a message came with one recipient. The later three are final. Numbers are part of
/// wire_v1.
enum class receipt_state : std::uint8_t { stored, sent, acked, timed_out, expired };
inline constexpr std::size_t receipt_states = 5;
std::string_view to_string(receipt_state s) noexcept;
constexpr bool is_final(receipt_state s) noexcept {
  return s >= receipt_state::acked;
}

/// One recipient's receipt. Times are there as far as it came: `ended_at` is that of the final
/// state.
struct receipt {
  user_id user;
  device_id device;  ///< that acknowledged it, or was sent it; empty: none
  receipt_state state = receipt_state::stored;
  std::optional<store_time> stored_at, sent_at, ended_at;
  friend bool operator==(const receipt&, const receipt&) = default;
};

/// Something that happened to a message and one recipient.
struct receipt_event {
  user_id user;
  device_id device;
  receipt_state state = receipt_state::stored;
  store_time at;
  /// Where it stood before; nullopt: this recipient is new. Only counts need it.
  std::optional<receipt_state> before;
};

/// The receipts of one message: a hash table of 24 bytes per slot, 60 to 90 % full, so at most
/// 40 bytes per receipt. With more than `max_listed` recipients only counts are kept.
class message_receipts {
 public:
  message_receipts(name_pool& names, store_time begun, std::size_t max_listed);
  ~message_receipts();
  message_receipts(const message_receipts&) = delete;
  message_receipts& operator=(const message_receipts&) = delete;

  /// A recipient's state never goes back: `sent` after `acked` changes nothing.
  void note(const receipt_event& e);
  std::optional<receipt> find(const user_id& user) const;
  /// All in no order; none once it counts.
  std::vector<receipt> list() const;
  /// Recipients by the state they are in.
  const std::array<std::uint64_t, receipt_states>& counts() const noexcept { return counts_; }
  std::uint64_t recipients() const noexcept;
  bool counts_only() const noexcept { return counts_only_; }
  store_time begun() const noexcept { return begun_; }
  std::size_t bytes() const noexcept { return sizeof *this + slots_.capacity() * sizeof(slot); }

 private:
  /// Times are milliseconds since `begun_`, plus 1; 0: not yet.
  struct slot {
    std::uint32_t user = 0;  // 0: free
    std::uint32_t device = 0;
    std::uint32_t stored = 0, sent = 0, ended = 0;
    receipt_state state = receipt_state::stored;
  };
  static_assert(sizeof(slot) == 24);

  std::size_t home_of(std::uint32_t user) const noexcept;
  const slot* find_slot(std::uint32_t user) const noexcept;
  slot& put_slot(std::uint32_t user);
  void grow();
  void forget_all();
  void list_event(const receipt_event& e);
  void count_event(const receipt_event& e);
  std::uint32_t ticks(store_time t) const noexcept;
  std::optional<store_time> time(std::uint32_t ticks) const noexcept;
  receipt read(const slot& s) const;

  name_pool& names_;
  const store_time begun_;
  const std::size_t max_listed_;
  std::vector<slot> slots_;
  std::size_t used_ = 0;
  bool counts_only_ = false;
  std::array<std::uint64_t, receipt_states> counts_{};
};

}  // namespace pushmesh::cluster::push
