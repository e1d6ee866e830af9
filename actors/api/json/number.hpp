#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace pushmesh::json_detail {

/// A JSON number: int64_t whenever it is an integer that fits, else uint64_t, else double. `-0` is
/// a double, to keep its sign; so is what has a fraction or an exponent, even 1.0 and 1e3.
using number = std::variant<std::int64_t, std::uint64_t, double>;

/// Reads text that must be exactly one number of RFC 8259, section 6. Too large for a double
/// gives an infinity, as in ECMAScript.
std::optional<number> parse_number(std::string_view text);

}  // namespace pushmesh::json_detail
