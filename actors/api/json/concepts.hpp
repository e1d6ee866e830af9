#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

/// Which C++ type takes which JSON form. Shared by the writer and the reader, so that both agree.
namespace pushmesh::json_detail {

template <class T, template <class...> class Template>
inline constexpr bool is_specialization = false;
template <template <class...> class Template, class... Args>
inline constexpr bool is_specialization<Template<Args...>, Template> = true;

/// Stands for the field_writer or field_reader when we only ask whether json_fields() exists.
struct field_probe {
  template <class T>
  void operator()(std::string_view, T&) {}
};

/// A type with the hook: json_fields(fields, object), found by argument-dependent lookup.
template <class T>
concept user_type = std::is_class_v<T> && requires(field_probe& f, T& object) {
  json_fields(f, object);
};

template <class T>
concept null_type = std::same_as<T, std::nullptr_t> || std::same_as<T, std::monostate> ||
    std::same_as<T, std::nullopt_t>;

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

/// signed char and unsigned char are numbers (std::uint8_t); char is text and is refused.
template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !character<T> && sizeof(T) <= 8;

template <class T>
concept text = !null_type<T> && std::is_convertible_v<const T&, std::string_view>;

template <class T>
concept optional_type = is_specialization<T, std::optional>;

template <class T>
concept variant_type = is_specialization<T, std::variant>;

template <class T>
concept tuple_type = is_specialization<T, std::tuple> || is_specialization<T, std::pair>;

template <class T>
using element_of = std::remove_cvref_t<decltype(*std::begin(std::declval<const T&>()))>;

/// Anything a const range-for accepts. A range of itself (std::filesystem::path) would not end.
template <class T>
concept range = requires(const T& r) {
  std::begin(r);
  std::end(r);
}
&&!std::same_as<element_of<T>, T>;

/// std::array: a range whose length belongs to the type.
template <class T>
concept fixed_range = range<T> && requires {
  std::tuple_size<T>::value;
};

/// std::map, std::unordered_map and the like, with keys that can name members.
template <class T>
concept object_range = range<T> && requires {
  typename T::key_type;
  typename T::mapped_type;
} && text<typename T::key_type>;

template <class T>
inline constexpr bool always_false = false;

}  // namespace pushmesh::json_detail
