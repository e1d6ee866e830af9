#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pushmesh::cluster {

/// Number of a peer in an interest_table: below 1024, reused after a peer is gone.
using peer_slot = std::uint16_t;

/// A set of peers: 128 bytes, no allocation.
class interest_peers {
 public:
  static constexpr std::size_t capacity = 1024;

  void insert(peer_slot p) noexcept { words_[p / 64] |= bit(p); }
  void erase(peer_slot p) noexcept { words_[p / 64] &= ~bit(p); }
  bool contains(peer_slot p) const noexcept { return (words_[p / 64] & bit(p)) != 0; }
  bool empty() const noexcept {
    for (const auto w : words_)
      if (w != 0) return false;
    return true;
  }
  std::size_t size() const noexcept {
    std::size_t n = 0;
    for (const auto w : words_) n += static_cast<std::size_t>(std::popcount(w));
    return n;
  }
  interest_peers& operator|=(const interest_peers& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  interest_peers& operator&=(const interest_peers& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  /// Adds peers below 128, bit 0 of the first word being peer 0.
  void insert_low(const std::array<std::uint64_t, 2>& words) noexcept {
    words_[0] |= words[0];
    words_[1] |= words[1];
  }
  /// In ascending order.
  template <class F>
  void for_each(F&& visit) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto w = words_[i]; w != 0; w &= w - 1)
        visit(static_cast<peer_slot>(64 * i + static_cast<std::size_t>(std::countr_zero(w))));
  }
  friend bool operator==(const interest_peers&, const interest_peers&) = default;

 private:
  static constexpr std::uint64_t bit(peer_slot p) noexcept { return std::uint64_t{1} << p % 64; }
  std::array<std::uint64_t, capacity / 64> words_{};
};

}  // namespace pushmesh::cluster
