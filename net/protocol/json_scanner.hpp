#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/errc.hpp"

namespace pushmesh::net {

enum class json_kind : unsigned char { null, boolean, number, string, array, object };

/// Result of scanning one JSON text (RFC 8259, as JSON.parse of ECMAScript accepts it: lone
/// surrogate escapes are legal).
struct json_scan {
  json_kind kind;                ///< of the top-level value
  bool has_placeholder = false;  ///< some object has a key "_placeholder": looks like an attachment
};

/// Validates `text`, which must be exactly one JSON value with optional white space around it.
/// UTF-8 is not checked here: the transport did. Does not recurse and does not build a tree. When
/// the value is an array, the raw text of each of its elements (no white space around it) is
/// appended to `elements` if that is given. Errors: bad_json, json_too_deep.
tl::expected<json_scan, errc> scan_json(std::string_view text, std::size_t max_depth,
                                        std::vector<std::string_view>* elements = nullptr);

/// The elements of one JSON array as they stand in `text`, the first `most` of them: what follows
/// is only validated. Errors as of scan_json(); bad_json also for what is no array.
tl::expected<std::vector<std::string_view>, errc> scan_json_array(std::string_view text,
                                                                  std::size_t max_depth,
                                                                  std::size_t most);

/// A member of a JSON object as it stands in the text; the name has its quotes.
struct json_member_text {
  std::string_view name;
  std::string_view value;
};
/// The same for the members of one JSON object, in their order, doubles included.
tl::expected<std::vector<json_member_text>, errc> scan_json_object(std::string_view text,
                                                                   std::size_t max_depth,
                                                                   std::size_t most);

/// Kind of a value that scan_json accepted, from its first byte.
json_kind kind_of(std::string_view raw) noexcept;

/// Decodes a raw JSON string (with its quotes) that scan_json accepted to UTF-8. Lone surrogates
/// become U+FFFD.
std::string decode_json_string(std::string_view raw);

/// Appends `text` as a JSON string with quotes; control characters are escaped (so the Engine.IO
/// separator 0x1e never occurs raw), bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace pushmesh::net
