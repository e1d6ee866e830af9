#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_items.hpp"

/// Version 1 of the bytes that two nodes exchange. A batch is a row of items; an item is 1 byte of
/// kind, the length of its body as LEB128, the body. Kinds that a reader does not know are skipped.
/// Little-endian. Bounds: wire_v1_bounds.hpp; bodies: wire_v1_items.hpp.
namespace pushmesh::cluster::wire_v1 {

/// Appends an item of any type of wire_v1_items.hpp, in one piece whatever its length, and answers
/// the number of bytes. On error nothing is appended.
template <class T>
tl::expected<std::size_t, wire_error> encode(std::string& out, const T& x);
tl::expected<std::size_t, wire_error> encode(std::string& out, const item& x);

/// An item as bytes.
struct raw_item {
  item_kind kind = item_kind::none;
  std::string_view body;
  std::string_view bytes;  ///< all of it, kind and length included
};

/// The item of type T with this body. It points into `body`.
template <class T>
tl::expected<T, wire_error> decode(std::string_view body);

/// The same for whichever type `raw` is. Parts are `unknown_kind` here: they go to part_joiner.
tl::expected<item, wire_error> decode(const raw_item& raw);

/// Walks over the items of a batch without copying.
class wire_reader {
 public:
  /// `longest` bounds single items: max_joined for what part_joiner put together.
  explicit wire_reader(std::string_view batch, std::size_t longest = max_item) noexcept
      : batch_(batch), longest_(longest) {}

  /// The next item of a known kind; nullopt at the end. After an error the rest is lost.
  tl::expected<std::optional<raw_item>, wire_error> next() noexcept;

  /// Credit used by the items read or skipped so far: bytes of those that need credit.
  std::size_t cost() const noexcept { return cost_; }
  /// Items of unknown kinds.
  std::size_t skipped() const noexcept { return skipped_; }

 private:
  tl::unexpected<wire_error> fail(wire_errc e) noexcept;

  std::string_view batch_;
  std::size_t longest_;
  std::size_t at_ = 0;
  std::size_t cost_ = 0;
  std::size_t skipped_ = 0;
};

/// Credit that a batch costs: for who takes no interest in its items.
tl::expected<std::size_t, wire_error> credit_cost(std::string_view batch) noexcept;

}  // namespace pushmesh::cluster::wire_v1
