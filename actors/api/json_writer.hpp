#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "actors/api/json/concepts.hpp"
#include "actors/api/payload.hpp"
#include "actors/api/payload_writer.hpp"

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
/// | binary                                         | an attachment of the packet                |
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

/// One JSON value as text, inserted as it is: it must be valid. Empty counts as null. `attachments`
/// are what its placeholders name (see payload). Nothing is owned.
struct raw_json {
  std::string_view text;
  std::span<const binary> attachments = {};
};

/// Any number of JSON values as text, joined by commas, as event::args() gives them; may be empty.
/// Goes where an emit or ack takes an argument, or an array an element, and stands for that many;
/// so does a payload. Nothing is owned.
struct raw_args {
  std::string_view text;
  std::span<const binary> attachments = {};
};

/// Appends `value` as JSON. Text must be UTF-8; the rest cannot fail. `out` is a std::string, or a
/// payload_writer where there may be binary in the value.
template <json_detail::json_output Out, class T>
void append_json(Out& out, const T& value);

/// Values as text, joined by commas: `json_args(1, "a")` is `1,"a"`.
template <class... Args>
std::string json_args(const Args&... args);

/// The arguments of an emit or ack, binary included.
template <class... Args>
payload payload_of(const Args&... args);

namespace json_detail {

void append_signed(std::string& out, std::int64_t value);
void append_unsigned(std::string& out, std::uint64_t value);
void append_float(std::string& out, float value);
void append_double(std::string& out, double value);
void append_text(std::string& out, std::string_view value);
void append_value(std::string& out, const json_value& value);
void append_value(payload_writer& out, const json_value& value);

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
template <class Out>
class field_writer {
 public:
  explicit field_writer(Out& out) : out_(out) {}
  template <class T>
  void operator()(std::string_view name, const T& member) {
    auto& text = text_of(out_);
    separate_(text);
    append_text(text, name);
    text += ':';
    append_json(out_, member);
  }

 private:
  Out& out_;
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

template <class Out, class T>
void append_object(Out& out, const T& value) {
  text_of(out) += '{';
  field_writer fields(out);
  for (const auto& [key, member] : value) fields(key, member);
  text_of(out) += '}';
}

template <class Out, class T>
void append_fields(Out& out, const T& value) {
  text_of(out) += '{';
  field_writer fields(out);
  // The hook takes T& because it reads, too; field_writer only looks.
  json_fields(fields, const_cast<T&>(value));
  text_of(out) += '}';
}

template <class Out, class T>
void append_element(Out& out, separator& separate, const T& value) {
  if constexpr (std::same_as<T, raw_args>) {
    if (value.text.empty()) return;
    separate(text_of(out));
    append_raw(out, value.text, value.attachments);
  } else if constexpr (std::same_as<T, payload>) {
    append_element(out, separate, raw_args{value.json, value.attachments});
  } else {
    separate(text_of(out));
    append_json(out, value);
  }
}

template <class Out, class T>
void append_array(Out& out, const T& value) {
  text_of(out) += '[';
  separator separate;
  for (const auto& element : value) append_element(out, separate, element);
  text_of(out) += ']';
}

template <class Out, class T>
void append_tuple(Out& out, const T& value) {
  text_of(out) += '[';
  separator separate;
  std::apply([&](const auto&... e) { (append_element(out, separate, e), ...); }, value);
  text_of(out) += ']';
}

}  // namespace json_detail

template <json_detail::json_output Out, class T>
void append_json(Out& out, const T& value) {
  using namespace json_detail;
  auto& to = text_of(out);
  if constexpr (std::same_as<T, json_value>) {
    append_value(out, value);
  } else if constexpr (std::same_as<T, raw_json>) {
    value.text.empty() ? void(to += "null") : append_raw(out, value.text, value.attachments);
  } else if constexpr (std::same_as<T, binary>) {
    static_assert(std::same_as<Out, payload_writer>, "plain text cannot hold binary");
    out.attach(value);
  } else if constexpr (user_type<T>) {
    append_fields(out, value);
  } else if constexpr (null_type<T>) {
    to += "null";
  } else if constexpr (std::same_as<T, bool>) {
    to += value ? "true" : "false";
  } else if constexpr (integer<T> || std::floating_point<T>) {
    append_number(to, value);
  } else if constexpr (text<T> && std::is_pointer_v<T>) {
    append_c_string(to, value);
  } else if constexpr (text<T>) {
    append_text(to, value);
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
  (json_detail::append_element(out, separate, args), ...);
  return out;
}

template <class... Args>
payload payload_of(const Args&... args) {
  payload_writer out;
  [[maybe_unused]] json_detail::separator separate;
  (json_detail::append_element(out, separate, args), ...);
  return std::move(out).finish();
}

}  // namespace pushmesh
