#include "actors/api/json/read.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace pushmesh::json_detail {
namespace {

template <class Int>
std::optional<Int> converted(std::int64_t n) {
  if (std::is_unsigned_v<Int> && n < 0) return std::nullopt;
  return static_cast<Int>(n);
}

template <class Int>
std::optional<Int> converted(std::uint64_t n) {
  if (n > static_cast<std::uint64_t>(std::numeric_limits<Int>::max())) return std::nullopt;
  return static_cast<Int>(n);
}

template <class Int>
std::optional<Int> converted(double n) {
  // The bounds are powers of two and therefore exact; max() itself is not. The lowest int64_t may
  // be a rounded -9223372036854775809 and is refused.
  constexpr double low = static_cast<double>(std::numeric_limits<Int>::min());
  constexpr double end = 2.0 * static_cast<double>(std::numeric_limits<Int>::max() / 2 + 1);
  const bool in_range = n < end && (std::is_signed_v<Int> ? n > low : n >= low);
  if (!in_range) return std::nullopt;
  return static_cast<Int>(n);
}

bool is_integer(const number& n) {
  const auto* real = std::get_if<double>(&n);
  return real == nullptr || std::trunc(*real) == *real;
}

bool is_negative(const number& n) {
  return std::visit([](auto held) { return held < decltype(held){}; }, n);
}

std::string width(int bits, bool needs_sign) {
  return std::to_string(bits) + " bits" + (needs_sign ? " without a sign" : "");
}

template <class Int>
bool read_wide(const node& in, int bits, Int& out, failure& why) {
  if (in.kind() != json_kind::number) return why.expected("integer", in);
  const auto n = in.as_number();
  if (!is_integer(n)) return why.expected("integer", in);
  const auto wide = std::visit([](auto held) { return converted<Int>(held); }, n);
  const Int most = std::numeric_limits<Int>::max() >> (64 - bits);
  const Int least = std::is_signed_v<Int> ? static_cast<Int>(-most - 1) : Int{0};
  if (!wide || *wide > most || *wide < least) {
    return why.does_not_fit(in, width(bits, std::is_unsigned_v<Int> && is_negative(n)));
  }
  out = *wide;
  return true;
}

}  // namespace

bool read_null(const node& in, failure& why) {
  return in.kind() == json_kind::null || why.expected("null", in);
}

bool read_bool(const node& in, bool& out, failure& why) {
  if (in.kind() != json_kind::boolean) return why.expected("boolean", in);
  out = in.as_bool();
  return true;
}

bool read_signed(const node& in, int bits, std::int64_t& out, failure& why) {
  return read_wide(in, bits, out, why);
}

bool read_unsigned(const node& in, int bits, std::uint64_t& out, failure& why) {
  return read_wide(in, bits, out, why);
}

bool read_double(const node& in, double& out, failure& why) {
  if (in.kind() != json_kind::number) return why.expected("number", in);
  out = std::visit([](auto held) { return static_cast<double>(held); }, in.as_number());
  return true;
}

bool read_float(const node& in, float& out, failure& why) {
  double wide = 0;
  if (!read_double(in, wide, why)) return false;
  if (std::abs(wide) > static_cast<double>(std::numeric_limits<float>::max())) {
    return why.does_not_fit(in, "a float");
  }
  out = static_cast<float>(wide);
  return true;
}

bool read_binary(const node& in, binary& out, failure& why) {
  auto found = in.as_binary();
  if (!found) return why.expected("binary", in);
  out = *std::move(found);
  return true;
}

bool read_string(const node& in, std::string& out, failure& why) {
  if (in.kind() != json_kind::string) return why.expected("string", in);
  out = in.as_string();
  return true;
}

}  // namespace pushmesh::json_detail
