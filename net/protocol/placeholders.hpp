#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::net {

/// An object that stands for an attachment, in the JSON text of a binary packet.
struct placeholder {
  std::size_t offset;  ///< of its brace in the text
  std::size_t size;    ///< bytes up to the closing brace, included
  /// Which attachment; nullopt when `num` is missing or no whole number from 0 to 2^32-2.
  std::optional<std::uint32_t> index;
};

/// The objects that clients take for placeholders: a member `_placeholder` is `true` (the last one
/// counts when there are several), in the order of the text. What stands inside one is not looked
/// at, as in the official parser. `json` is one value or several joined by commas; of text that is
/// not JSON some answer is given. Does not recurse.
std::vector<placeholder> find_placeholders(std::string_view json);

/// Replaces what find_placeholders() finds by null, but for those that begin at `real` (offsets,
/// ascending): receivers would take them for attachments.
std::string hide_false_placeholders(std::string json, std::span<const std::size_t> real);

/// Appends `{"_placeholder":true,"num":<index>}`.
void append_placeholder(std::string& out, std::size_t index);

}  // namespace pushmesh::net
