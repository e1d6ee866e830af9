#pragma once

#include <string_view>

namespace pushmesh {

/// The six forms of a JSON value (RFC 8259, section 3).
enum class json_kind : unsigned char { null, boolean, number, string, array, object };

/// `null`, `boolean`, `number`, `string`, `array`, `object`.
std::string_view to_string(json_kind kind) noexcept;

}  // namespace pushmesh
