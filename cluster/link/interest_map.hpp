#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "cluster/link/interest.hpp"

namespace pushmesh::cluster {

/// Hash table from interest hashes to small values: 8 bytes and the value per slot, half to three
/// quarters of the slots used. Open addressing with linear probing in 256 segments, each of which
/// grows on its own: no insertion moves more than 1/256 of a large table, so none takes long.
///
/// Room names come from users, who know the hash function: the place of a hash therefore also
/// depends on the seed, a secret of this process. Not thread-safe.
template <class Value>
class interest_map {
  static_assert(std::is_trivially_copyable_v<Value> && alignof(Value) <= 4);

 public:
  static constexpr std::size_t segment_count = 256;

  explicit interest_map(std::uint64_t seed) noexcept : seed_(seed) {}

  /// nullptr when absent. Valid until the next insertion or erasure.
  Value* find(std::uint64_t key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }
  const Value* find(std::uint64_t key) const noexcept {
    const auto at = place(key);
    const auto& in = segments_[at.segment];
    if (in.capacity == 0) return nullptr;
    const auto low = low_half(key), high = high_half(key);
    for (auto i = in.home(at.position);; i = in.after(i)) {
      const auto& s = in.slots[i];
      if (s.low == low && s.high == high) return &s.value;
      if (s.empty()) return nullptr;
    }
  }
  /// Brings the slot of a later find() near.
  void prefetch(std::uint64_t key) const noexcept {
    const auto at = place(key);
    const auto& in = segments_[at.segment];
    if (in.capacity > 0) __builtin_prefetch(&in.slots[in.home(at.position)]);
  }

  /// The value of `key`, and whether it is new: then it is Value{}.
  std::pair<Value*, bool> insert(std::uint64_t key) {
    if (auto* known = find(key)) return {known, false};
    const auto at = place(key);
    auto& in = segments_[at.segment];
    if ((in.used + 1) * 4 > in.capacity * 3)
      resize(in, in.capacity < smallest ? smallest : in.capacity + in.capacity / 2);
    ++size_;
    ++in.used;
    return {&put(in, {low_half(key), high_half(key), Value{}}).value, true};
  }

  bool erase(std::uint64_t key) noexcept {
    auto* const found = find(key);
    if (found == nullptr) return false;
    auto& in = segments_[place(key).segment];
    const auto* const first = reinterpret_cast<const std::byte*>(in.slots.get());
    const auto index =
        static_cast<std::size_t>(reinterpret_cast<const std::byte*>(found) - first) / sizeof(slot);
    remove_at(in, static_cast<std::uint32_t>(index));
    shrink(in);
    return true;
  }

  std::size_t size() const noexcept { return size_; }
  /// Bytes allocated.
  std::size_t memory() const noexcept {
    std::size_t slots = 0;
    for (const auto& s : segments_) slots += s.capacity;
    return slots * sizeof(slot) + sizeof *this;
  }

  template <class F>
  void for_each(F&& visit) const {
    for (const auto& in : segments_)
      for (std::uint32_t i = 0; i < in.capacity; ++i)
        if (!in.slots[i].empty()) visit(in.slots[i].key(), in.slots[i].value);
  }

  /// Asks `keep(key, value)` for each entry of one segment (it may change the value) and erases
  /// those it denies.
  template <class F>
  void retain(std::size_t segment, F&& keep) {
    auto& in = segments_[segment];
    for (std::uint32_t i = 0; i < in.capacity;) {
      auto& s = in.slots[i];
      if (s.empty() || keep(s.key(), s.value))
        ++i;
      else
        remove_at(in, i);  // the one that moved here is asked next; some are asked twice
    }
    shrink(in);
  }

 private:
  static constexpr std::uint32_t smallest = 4;

  struct slot {
    std::uint32_t low, high;  // halves of the key: 12 bytes where one of 64 bits made it 16
    Value value;
    bool empty() const noexcept { return (low | high) == 0; }
    std::uint64_t key() const noexcept { return std::uint64_t{high} << 32 | low; }
  };
  struct segment {
    std::unique_ptr<slot[]> slots;
    std::uint32_t capacity = 0;
    std::uint32_t used = 0;
    std::uint32_t home(std::uint32_t position) const noexcept {
      return static_cast<std::uint32_t>(std::uint64_t{position} * capacity >> 32);
    }
    std::uint32_t after(std::uint32_t i) const noexcept { return i + 1 == capacity ? 0 : i + 1; }
    std::uint32_t distance(std::uint32_t from, std::uint32_t to) const noexcept {
      return to >= from ? to - from : to + capacity - from;
    }
  };
  struct placed {
    std::size_t segment;
    std::uint32_t position;
  };

  // 0 marks an empty slot, so the hash 0 shares the entry of the hash 1.
  static std::uint32_t low_half(std::uint64_t key) noexcept {
    return key == 0 ? 1 : static_cast<std::uint32_t>(key);
  }
  static std::uint32_t high_half(std::uint64_t key) noexcept {
    return static_cast<std::uint32_t>(key >> 32);
  }
  placed place(std::uint64_t key) const noexcept {
    const auto h = interest_mix((key == 0 ? 1 : key) ^ seed_);
    return {static_cast<std::size_t>(h >> 56), static_cast<std::uint32_t>(h >> 24)};
  }

  slot& put(segment& in, const slot& what) noexcept {
    auto i = in.home(place(what.key()).position);
    while (!in.slots[i].empty()) i = in.after(i);
    return in.slots[i] = what;
  }

  void resize(segment& in, std::uint32_t capacity) {
    segment fresh{capacity ? std::make_unique<slot[]>(capacity) : nullptr, capacity, in.used};
    for (std::uint32_t i = 0; i < in.capacity; ++i)
      if (!in.slots[i].empty()) put(fresh, in.slots[i]);
    in = std::move(fresh);
  }

  void shrink(segment& in) noexcept {
    if (in.capacity <= 2 * smallest || in.used * 4 >= in.capacity) return;
    try {
      resize(in, in.used * 2 < smallest ? smallest : in.used * 2);
    } catch (const std::bad_alloc&) {
      return;  // it is only larger than needed
    }
  }

  // Closes the gap: whoever stands further than the gap from home moves into it.
  void remove_at(segment& in, std::uint32_t gap) noexcept {
    for (auto i = in.after(gap); !in.slots[i].empty(); i = in.after(i)) {
      const auto home = in.home(place(in.slots[i].key()).position);
      if (in.distance(home, i) < in.distance(gap, i)) continue;
      in.slots[gap] = in.slots[i];
      gap = i;
    }
    in.slots[gap] = slot{};
    --in.used;
    --size_;
  }

  std::array<segment, segment_count> segments_;
  std::size_t size_ = 0;
  std::uint64_t seed_;
};

}  // namespace pushmesh::cluster
