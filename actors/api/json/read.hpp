#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/api/json/concepts.hpp"
#include "actors/api/json/failure.hpp"
#include "actors/api/json/node.hpp"

namespace pushmesh {

class json_value;
struct raw_json;
struct raw_args;

namespace json_detail {

/// Reads `in` as a T. On failure `out` holds anything.
template <class T>
bool read(const node& in, T& out, failure& why);

bool read_null(const node& in, failure& why);
bool read_bool(const node& in, bool& out, failure& why);
/// Integers written with a fraction or an exponent (1.0, 1e3) are integers, too.
bool read_signed(const node& in, int bits, std::int64_t& out, failure& why);
bool read_unsigned(const node& in, int bits, std::uint64_t& out, failure& why);
bool read_float(const node& in, float& out, failure& why);
bool read_double(const node& in, double& out, failure& why);
bool read_string(const node& in, std::string& out, failure& why);
bool read_value(const node& in, json_value& out);
bool read_binary(const node& in, binary& out, failure& why);

/// What json_fields() calls when an object is read. After the first failure it does nothing.
class field_reader {
 public:
  field_reader(const node& in, failure& why) : in_(in), why_(why) {}
  template <class T>
  void operator()(std::string_view name, T& member) {
    if (!ok_) return;
    if (const auto found = in_.find(name)) {
      ok_ = read(*found, member, why_) || why_.in_member(name);
    } else if constexpr (optional_type<T>) {
      member.reset();
    } else {
      ok_ = why_.missing_member(name);
    }
  }
  bool ok() const noexcept { return ok_; }

 private:
  const node& in_;
  failure& why_;
  bool ok_ = true;
};

template <class T>
bool read_fields(const node& in, T& out, failure& why) {
  if (in.kind() != json_kind::object) return why.expected("object", in);
  field_reader fields(in, why);
  json_fields(fields, out);
  return fields.ok();
}

template <class T>
bool read_integer(const node& in, T& out, failure& why) {
  constexpr int bits = static_cast<int>(sizeof(T) * 8);
  std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide = 0;
  bool ok = false;
  if constexpr (std::is_signed_v<T>) {
    ok = read_signed(in, bits, wide, why);
  } else {
    ok = read_unsigned(in, bits, wide, why);
  }
  out = static_cast<T>(wide);
  return ok;
}

template <class T>
bool read_optional(const node& in, T& out, failure& why) {
  out.reset();
  return in.kind() == json_kind::null || read(in, out.emplace(), why);
}

template <class T, std::size_t Index = 0>
bool read_variant(const node& in, T& out, failure& why) {
  if constexpr (Index == std::variant_size_v<T>) {
    return why.expected("one of " + std::to_string(Index) + " types", in);
  } else {
    failure ignored(failure::detail::none);
    std::variant_alternative_t<Index, T> held{};
    if (!read(in, held, ignored)) return read_variant<T, Index + 1>(in, out, why);
    out.template emplace<Index>(std::move(held));
    return true;
  }
}

template <class T>
bool read_element(const node& in, std::size_t index, T& out, failure& why) {
  return read(in.element(index), out, why) || why.in_element(index);
}

template <class T>
bool read_tuple(const node& in, T& out, failure& why) {
  constexpr auto count = std::tuple_size_v<T>;
  if (in.kind() != json_kind::array) return why.expected("array", in);
  if (in.size() != count) return why.expected_elements(count, in);
  std::size_t index = 0;
  return std::apply([&](auto&... e) { return (read_element(in, index++, e, why) && ...); }, out);
}

template <class T>
bool read_fixed(const node& in, T& out, failure& why) {
  constexpr auto count = std::tuple_size_v<T>;
  if (in.kind() != json_kind::array) return why.expected("array", in);
  if (in.size() != count) return why.expected_elements(count, in);
  for (std::size_t i = 0; i < count; ++i) {
    if (!read_element(in, i, out[i], why)) return false;
  }
  return true;
}

/// A name that comes twice counts with its last value, as in ECMAScript.
template <class T>
bool read_object(const node& in, T& out, failure& why) {
  if (in.kind() != json_kind::object) return why.expected("object", in);
  out.clear();
  for (std::size_t i = 0; i < in.size(); ++i) {
    const auto name = in.member_name(i);
    typename T::mapped_type mapped{};
    if (!read(in.member(i), mapped, why)) return why.in_member(name);
    out.insert_or_assign(typename T::key_type(name), std::move(mapped));
  }
  return true;
}

/// What a container's element is read as: maps have const keys inside.
template <class T>
struct readable_element {
  using type = typename T::value_type;
};
template <class T>
requires requires {
  typename T::mapped_type;
}
struct readable_element<T> {
  using type = std::pair<typename T::key_type, typename T::mapped_type>;
};

template <class T>
concept growing_range = range<T> && requires(T& r, typename readable_element<T>::type e) {
  r.clear();
  r.insert(r.end(), std::move(e));
};

template <class T>
bool read_range(const node& in, T& out, failure& why) {
  if (in.kind() != json_kind::array) return why.expected("array", in);
  out.clear();
  if constexpr (requires { out.reserve(in.size()); }) out.reserve(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    typename readable_element<T>::type element{};
    if (!read_element(in, i, element, why)) return false;
    out.insert(out.end(), std::move(element));
  }
  return true;
}

template <class T>
bool read(const node& in, T& out, failure& why) {
  if constexpr (std::same_as<T, json_value>) {
    return read_value(in, out);
  } else if constexpr (std::same_as<T, raw_json> || std::same_as<T, raw_args>) {
    static_assert(always_false<T>, "inside another value raw_json has no owner: use json_value");
  } else if constexpr (std::same_as<T, binary>) {
    return read_binary(in, out, why);
  } else if constexpr (user_type<T>) {
    return read_fields(in, out, why);
  } else if constexpr (null_type<T>) {
    return read_null(in, why);
  } else if constexpr (std::same_as<T, bool>) {
    return read_bool(in, out, why);
  } else if constexpr (integer<T>) {
    return read_integer(in, out, why);
  } else if constexpr (std::same_as<T, float>) {
    return read_float(in, out, why);
  } else if constexpr (std::same_as<T, double>) {
    return read_double(in, out, why);
  } else if constexpr (std::same_as<T, std::string>) {
    return read_string(in, out, why);
  } else if constexpr (text<T>) {
    static_assert(always_false<T>, "text is read as std::string: views would have no owner");
  } else if constexpr (optional_type<T>) {
    return read_optional(in, out, why);
  } else if constexpr (variant_type<T>) {
    return read_variant(in, out, why);
  } else if constexpr (tuple_type<T>) {
    return read_tuple(in, out, why);
  } else if constexpr (fixed_range<T>) {
    return read_fixed(in, out, why);
  } else if constexpr (object_range<T>) {
    return read_object(in, out, why);
  } else if constexpr (growing_range<T>) {
    return read_range(in, out, why);
  } else {
    static_assert(always_false<T>, "cannot be read from JSON: declare json_fields() for this type");
  }
}

}  // namespace json_detail
}  // namespace pushmesh
