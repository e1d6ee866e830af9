#include "actors/api/json/number.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace pushmesh::json_detail {
namespace {

/// The parts of `-12.5e+3`: "12", "5", "+3".
struct number_parts {
  bool negative = false;
  bool integral = true;
  std::string_view whole;
  std::string_view fraction;
  std::string_view exponent;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const auto digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& rest, char c) {
  if (rest.empty() || rest.front() != c) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<number_parts> split(std::string_view rest) {
  number_parts parts;
  parts.negative = take(rest, '-');
  parts.whole = take_digits(rest);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) return {};
  if (take(rest, '.')) {
    parts.integral = false;
    parts.fraction = take_digits(rest);
    if (parts.fraction.empty()) return {};
  }
  if (take(rest, 'e') || take(rest, 'E')) {
    parts.integral = false;
    const auto with_sign = rest;
    if (!take(rest, '+')) take(rest, '-');
    if (take_digits(rest).empty()) return {};
    parts.exponent = with_sign.substr(0, with_sign.size() - rest.size());
  }
  if (!rest.empty()) return {};
  return parts;
}

/// Decimal exponent of the first digit that is not 0 (0 for 5, 2 for 500, -3 for 0.005); only its
/// sign matters, so it may saturate. Called for numbers outside the range of a double.
std::int64_t magnitude(const number_parts& parts) {
  std::int64_t exponent = 0;
  auto text = parts.exponent;
  take(text, '+');
  const auto read = std::from_chars(text.data(), text.data() + text.size(), exponent);
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 2;
  if (read.ec == std::errc::result_out_of_range) exponent = text.front() == '-' ? -huge : huge;
  exponent = std::clamp(exponent, -huge, huge);
  if (parts.whole != "0") return exponent + static_cast<std::int64_t>(parts.whole.size()) - 1;
  const auto zeros = std::min(parts.fraction.find_first_not_of('0'), parts.fraction.size());
  return exponent - static_cast<std::int64_t>(zeros) - 1;
}

bool is_zero(const number_parts& parts) {
  return parts.whole == "0" && parts.fraction.find_first_not_of('0') == std::string_view::npos;
}

double parse_double(std::string_view text, const number_parts& parts) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc::result_out_of_range) return value;
  // from_chars does not tell which way the number left the range.
  const bool tiny = is_zero(parts) || magnitude(parts) < 0;
  value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
  return parts.negative ? -value : value;
}

}  // namespace

std::optional<number> parse_number(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return std::nullopt;
  if (parts->negative && is_zero(*parts)) return -0.0;
  const char* const end = text.data() + text.size();
  if (parts->integral) {
    std::int64_t small = 0;
    if (std::from_chars(text.data(), end, small).ec == std::errc()) return small;
    std::uint64_t large = 0;
    if (!parts->negative && std::from_chars(text.data(), end, large).ec == std::errc()) {
      return large;
    }
  }
  return parse_double(text, *parts);
}

}  // namespace pushmesh::json_detail
