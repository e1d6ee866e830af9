#include "actors/api/json_writer.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "net/protocol/json_scanner.hpp"

namespace pushmesh::json_detail {
namespace {

/// Enough for every 64-bit integer and every shortest double.
constexpr std::size_t longest_number = 32;

template <class T>
void append_chars(std::string& out, T value) {
  char digits[longest_number];
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  out.append(digits, written.ptr);
}

template <class T>
void append_real(std::string& out, T value) {
  // Up to 2^53 (float: 2^24) all digits of an integer mean something: `100000` then reads better
  // than to_chars' shorter `1e+05`.
  constexpr T exact = static_cast<T>(std::int64_t{1} << std::numeric_limits<T>::digits);
  if (!std::isfinite(value)) {
    out += "null";
  } else if (std::trunc(value) == value && std::abs(value) <= exact && value != 0) {
    append_chars(out, static_cast<std::int64_t>(value));
  } else {
    append_chars(out, value);
  }
}

}  // namespace

void append_signed(std::string& out, std::int64_t value) {
  append_chars(out, value);
}
void append_unsigned(std::string& out, std::uint64_t value) {
  append_chars(out, value);
}
void append_float(std::string& out, float value) {
  append_real(out, value);
}
void append_double(std::string& out, double value) {
  append_real(out, value);
}

void append_text(std::string& out, std::string_view value) {
  net::append_json_string(out, value);
}

}  // namespace pushmesh::json_detail
