#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "cluster/link/interest_peers.hpp"

namespace pushmesh::cluster {

/// Sets of peers, each named by 32 bits, for an interest_table with millions of rooms. Most rooms
/// are on few nodes: up to three peers are the 32 bits themselves; more stand in blocks of 16 bytes
/// (any peers below 128), 32 bytes (up to 16 peers) or 128 bytes (any). Memory of blocks is
/// reused, not given back.
class interest_sets {
 public:
  /// A set. Its content changes with the handle: store what insert() and erase() leave in it, and
  /// forget it only when it is none().
  class handle {
   public:
    bool none() const noexcept { return value_ == 0; }

   private:
    friend class interest_sets;
    std::uint32_t value_ = 0;
  };

  /// False when it was there.
  bool insert(handle& set, peer_slot p);
  /// False when it was not there.
  bool erase(handle& set, peer_slot p);
  bool contains(handle set, peer_slot p) const noexcept;
  /// Adds the members to `out`.
  void collect(handle set, interest_peers& out) const noexcept;
  /// Bytes of all blocks.
  std::size_t memory() const noexcept {
    return narrow_.memory() + listed_.memory() + wide_.memory();
  }

 private:
  static constexpr peer_slot nobody = 0xffff;
  struct narrow_block {
    std::array<std::uint64_t, 2> words{};
  };
  struct listed_block {
    std::array<peer_slot, 16> peers;  // filled from the front, then nobody
    listed_block() { peers.fill(nobody); }
  };
  struct wide_block {
    interest_peers peers;
  };

  /// Blocks by index, those given back first.
  template <class Block>
  class pool {
   public:
    std::uint32_t take() {
      if (free_.empty()) {
        blocks_.emplace_back();
        return static_cast<std::uint32_t>(blocks_.size() - 1);
      }
      const auto index = free_.back();
      free_.pop_back();
      blocks_[index] = Block{};
      return index;
    }
    void give_back(std::uint32_t index) noexcept { free_.push_back(index); }
    Block& operator[](std::uint32_t index) noexcept { return blocks_[index]; }
    const Block& operator[](std::uint32_t index) const noexcept { return blocks_[index]; }
    std::size_t memory() const noexcept {
      return blocks_.size() * sizeof(Block) + free_.size() * sizeof(std::uint32_t);
    }

   private:
    std::deque<Block> blocks_;  // grows without moving what is there
    std::deque<std::uint32_t> free_;
  };

  // The upper two bits tell the kind; 0 is the empty set. Of a set in place, the other 30 bits are
  // three members, the last repeated where there are fewer. Otherwise they are an index.
  enum class kind : std::uint32_t { nothing, in_place, narrow, other };
  static constexpr std::uint32_t listed_bit = 1u << 29;  // of kind other: listed, not wide
  static constexpr std::uint32_t index_mask = listed_bit - 1;
  struct members {
    std::array<peer_slot, 17> peers;
    std::size_t count = 0;
  };

  static kind kind_of(handle set) noexcept { return static_cast<kind>(set.value_ >> 30); }
  static bool is_listed(handle set) noexcept { return (set.value_ & listed_bit) != 0; }
  static std::uint32_t index_of(handle set) noexcept { return set.value_ & index_mask; }
  static void set_value(handle& set, kind k, std::uint32_t rest) noexcept {
    set.value_ = static_cast<std::uint32_t>(k) << 30 | rest;
  }
  static members in_place(handle set) noexcept;
  static void put_in_place(handle& set, const members& m) noexcept;
  members listed(handle set) const noexcept;
  void rebuild(handle& set, const members& m);
  void widen(handle& set, const interest_peers& peers);
  void narrow_down(handle& set, std::size_t left);
  void release(handle set);

  pool<narrow_block> narrow_;
  pool<listed_block> listed_;
  pool<wide_block> wide_;
};

}  // namespace pushmesh::cluster
