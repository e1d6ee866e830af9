#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/api/json/concepts.hpp"

/// Values to JSON text.
///
/// | C++                                            | JSON                                       |
/// | ---------------------------------------------- | ------------------------------------------ |
/// | bool                                           | true, false                                |
/// | integers of up to 64 bits, not char            | all digits (JavaScript rounds above 2^53)  |
/// | float, double                                  | shortest text that reads back the same;    |
/// |                                                | 2.0 is `2`; NaN and infinities are `null`  |
/// | std::string, std::string_view, const char*     | string                                     |
/// | nullptr, std::nullopt, std::monostate          | null                                       |
/// | std::optional                                  | its value, or null                         |
/// | std::vector, array, span, set, any const range | array                                      |
/// | std::map, unordered_map with text as key       | object                                     |
/// | std::pair, std::tuple                          | array                                      |
/// | std::variant                                   | the value it holds                         |
/// | raw_json, json_value                           | as it is                                   |
/// | your struct with json_fields()                 | object                                     |
///
/// One function beside your struct serves writing and reading (json_value.hpp):
///
///     struct order {
///       int id;
///       std::string item;
///       std::optional<double> price;
///     };
///
///     template <class Fields>
///     void json_fields(Fields& f, order& o) {
///       f("id", o.id);
///       f("item", o.item);
///       f("price", o.price);
///     }
///
///     std::string out;
///     pushmesh::append_json(out, std::vector<order>{{7, "tea", 2.5}});
///     // [{"id":7,"item":"tea","price":2.5}]
///     socket.emit("order", order{8, "cup", {}}, "new");
///     // ["order",{"id":8,"item":"cup","price":null},"new"]
namespace pushmesh {

class json_value;

/// One JSON value as text, inserted as it is: it must be valid. Empty counts as null. The text is
/// not owned.
struct raw_json {
  std::string_view text;
};

/// Any number of JSON values as text, joined by commas, as event::args() gives them; may be empty.
/// Goes where json_args() takes an argument and stands for that many. The text is not owned.
struct raw_args {
  std::string_view text;
};

/// Appends `value` as JSON. Text must be UTF-8; the rest cannot fail.
template <class T>
void append_json(std::string& out, const T& value);

/// The arguments of an emit or ack: `json_args(1, "a")` is `1,"a"`.
template <class... Args>
std::string json_args(const Args&... args);

namespace json_detail {

void append_signed(std::string& out, std::int64_t value);
void append_unsigned(std::string& out, std::uint64_t value);
void append_float(std::string& out, float value);
void append_double(std::string& out, double value);
void append_text(std::string& out, std::string_view value);
void append_value(std::string& out, const json_value& value);

/// Puts commas between what is appended to an array, an object or a list of arguments.
class separator {
 public:
  void operator()(std::string& out) {
    if (!first_) out += ',';
    first_ = false;
  }

 private:
  bool first_ = true;
};

/// What json_fields() calls when an object is written.
class field_writer {
 public:
  explicit field_writer(std::string& out) : out_(out) {}
  template <class T>
  void operator()(std::string_view name, const T& member) {
    separate_(out_);
    append_text(out_, name);
    out_ += ':';
    append_json(out_, member);
  }

 private:
  std::string& out_;
  separator separate_;
};

template <class T>
void append_number(std::string& out, T value) {
  if constexpr (std::same_as<T, float>) {
    append_float(out, value);
  } else if constexpr (std::floating_point<T>) {
    append_double(out, static_cast<double>(value));
  } else if constexpr (std::is_signed_v<T>) {
    append_signed(out, value);
  } else {
    append_unsigned(out, value);
  }
}

template <class T>
void append_c_string(std::string& out, T value) {
  value ? append_text(out, value) : append_json(out, nullptr);
}

template <class T>
void append_object(std::string& out, const T& value) {
  out += '{';
  field_writer fields(out);
  for (const auto& [key, member] : value) fields(key, member);
  out += '}';
}

template <class T>
void append_fields(std::string& out, const T& value) {
  out += '{';
  field_writer fields(out);
  // The hook takes T& because it reads, too; field_writer only looks.
  json_fields(fields, const_cast<T&>(value));
  out += '}';
}

template <class T>
void append_array(std::string& out, const T& value) {
  out += '[';
  separator separate;
  for (const auto& element : value) {
    separate(out);
    append_json(out, element);
  }
  out += ']';
}

template <class T>
void append_tuple(std::string& out, const T& value) {
  out += '[';
  separator separate;
  std::apply([&](const auto&... e) { ((separate(out), append_json(out, e)), ...); }, value);
  out += ']';
}

template <class T>
void append_argument(std::string& out, separator& separate, const T& value) {
  if constexpr (std::same_as<T, raw_args>) {
    if (value.text.empty()) return;
    separate(out);
    out += value.text;
  } else {
    separate(out);
    append_json(out, value);
  }
}

}  // namespace json_detail

template <class T>
void append_json(std::string& out, const T& value) {
  using namespace json_detail;
  if constexpr (std::same_as<T, json_value>) {
    append_value(out, value);
  } else if constexpr (std::same_as<T, raw_json>) {
    out += value.text.empty() ? std::string_view("null") : value.text;
  } else if constexpr (user_type<T>) {
    append_fields(out, value);
  } else if constexpr (null_type<T>) {
    out += "null";
  } else if constexpr (std::same_as<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (integer<T> || std::floating_point<T>) {
    append_number(out, value);
  } else if constexpr (text<T> && std::is_pointer_v<T>) {
    append_c_string(out, value);
  } else if constexpr (text<T>) {
    append_text(out, value);
  } else if constexpr (optional_type<T>) {
    value ? append_json(out, *value) : append_json(out, nullptr);
  } else if constexpr (variant_type<T>) {
    std::visit([&](const auto& held) { append_json(out, held); }, value);
  } else if constexpr (tuple_type<T>) {
    append_tuple(out, value);
  } else if constexpr (object_range<T>) {
    append_object(out, value);
  } else if constexpr (range<T>) {
    append_array(out, value);
  } else {
    static_assert(always_false<T>, "no JSON form: declare json_fields() for this type");
  }
}

template <class... Args>
std::string json_args(const Args&... args) {
  std::string out;
  [[maybe_unused]] json_detail::separator separate;
  (json_detail::append_argument(out, separate, args), ...);
  return out;
}

}  // namespace pushmesh
