#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pushmesh::http {

/// The segments of a request's target as they were sent, its query left out; "/a/b" has two.
/// nullopt for what is no path: another form of a target (RFC 9112 section 3.2), characters that a
/// path has not (RFC 3986 section 3.3), percent signs without two digits.
std::optional<std::vector<std::string_view>> split_path(std::string_view target);

/// The text of a segment, percent signs resolved. A slash in it is part of the text. nullopt when
/// that is empty, "." or "..", no UTF-8, or has control characters.
std::optional<std::string> decode_segment(std::string_view segment);

}  // namespace pushmesh::http
