#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// Cuts one long encoded item into part items, so that no batch holds up a link for long. Part of
/// wire_v1; the body of a part is: length of the whole item (LEB128), offset of this piece in it
/// (LEB128), the piece. The parts of an item follow each other within their class; control items
/// and those of the other class may stand between them.
class part_cutter {
 public:
  /// `item` is whole, of a class that needs credit, and outlives the cutter.
  explicit part_cutter(std::string_view item) noexcept : item_(item) {}
  /// Appends the next part, of at most `max_size` bytes (at least 64), and answers its size.
  std::size_t append_next(std::string& out, std::size_t max_size = wire_v1::batch_target);
  bool done() const noexcept { return offset_ == item_.size(); }

 private:
  std::string_view item_;
  std::size_t offset_ = 0;
};

/// Joins parts again on the receiving side of one link. Every item read from it goes through here.
class part_joiner {
 public:
  /// `max_item` bounds a joined item; one per class can be under way.
  explicit part_joiner(std::size_t max_item = wire_v1::max_joined) noexcept : max_item_(max_item) {}

  /// An item that is not a part is answered as it is; a part gives nullopt until it is the last one
  /// of an item, then that item, which is valid until the next call. What a part holds is in our
  /// memory then: its credit can be returned before the item is complete, and has to be, as items
  /// may be longer than the window. After an error the link is of no use any more.
  tl::expected<std::optional<wire_v1::raw_item>, wire_v1::wire_error> add(
      const wire_v1::raw_item& item);

  /// Bytes of unfinished items: at most three times `max_item`.
  std::size_t buffered() const noexcept {
    std::size_t bytes = 0;
    for (const auto& j : joints_) bytes += j.have.size();
    return bytes;
  }

 private:
  struct joint {
    std::string have;
    std::size_t total = 0;  // 0: none under way
  };
  using result = tl::expected<std::optional<wire_v1::raw_item>, wire_v1::wire_error>;
  result add_part(const wire_v1::raw_item& item, joint& of);
  result complete(wire_v1::item_kind part, joint& of);

  std::size_t max_item_;
  std::array<joint, 3> joints_;  // fifo, reply, session
  std::string joined_;           // what the last call answered
};

}  // namespace pushmesh::cluster
