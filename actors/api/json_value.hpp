#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "actors/api/json/read.hpp"
#include "actors/api/json_error.hpp"
#include "actors/api/json_kind.hpp"
#include "actors/api/json_writer.hpp"

/// JSON text to values: the table of json_writer.hpp the other way round, with the same
/// json_fields() for your own types.
///
/// - Members a struct does not name are ignored; one it names must be there, unless it is a
///   std::optional: null and missing are both nullopt.
/// - Integers are range checked; 1.0 and 1e3 are integers, 1.5 is not. Floats are numbers, never
///   strings.
/// - std::array, std::pair and std::tuple need exactly their number of elements.
/// - std::variant takes its first alternative that fits: name int before double, and structs with
///   only optional members last.
/// - Text is read as std::string. raw_json can be asked for as a whole argument only.
/// - binary is what the packet's attachments hold: shared with the event, not copied.
/// - What a client sends as half of a surrogate pair is U+FFFD when the whole value is a string,
/// and
///   an error inside arrays and objects. Arrays and objects may be 512 levels deep.
///
///     auto orders = pushmesh::from_json<std::vector<order>>(ev.raw(0));
///     auto any = pushmesh::from_json<pushmesh::json_value>(ev.raw(1));
///     auto name = any["user"]["name"].get<std::string>();
///     for (const auto& [key, value] : any["tags"].members()) use(key, value.get<int>());
namespace pushmesh {

/// Reads one JSON text as a T. Any bytes may come in. `attachments` are what its placeholders name.
/// Throws json_error.
template <class T>
T from_json(std::string_view raw, std::span<const binary> attachments = {});

/// The same with nullopt in place of exceptions.
template <class T>
std::optional<T> try_from_json(std::string_view raw, std::span<const binary> attachments = {});

class json_value;
struct json_member;

namespace json_detail {

/// The elements or members of a json_value, for a range-for; keeps the value alive.
template <class Item>
class json_sequence;

}  // namespace json_detail

/// A JSON value of any kind, read only. Owns what it shows together with the values taken from it:
/// each may be kept longer than the others, copies are cheap, and concurrent reading is safe.
/// A default constructed one is null.
class json_value {
 public:
  json_value() = default;

  json_kind kind() const noexcept { return node().kind(); }
  bool is_null() const noexcept { return kind() == json_kind::null; }
  bool is_bool() const noexcept { return kind() == json_kind::boolean; }
  bool is_number() const noexcept { return kind() == json_kind::number; }
  bool is_string() const noexcept { return kind() == json_kind::string; }
  bool is_array() const noexcept { return kind() == json_kind::array; }
  bool is_object() const noexcept { return kind() == json_kind::object; }
  /// True when get<binary>() gives bytes. kind() is object then: the one that stands in the text.
  bool is_binary() const { return node().as_binary().has_value(); }

  /// Number of elements or members; 0 for other kinds.
  std::size_t size() const noexcept { return node().size(); }
  bool empty() const noexcept { return size() == 0; }

  /// Member of an object. Throws json_error when it is missing or this is no object.
  json_value operator[](std::string_view name) const;
  /// Element of an array. Throws json_error when there is none or this is no array.
  json_value operator[](std::size_t index) const;
  /// Member of an object; nullopt when it is missing or this is no object. The last one counts
  /// where a name comes twice.
  std::optional<json_value> find(std::string_view name) const;
  bool contains(std::string_view name) const noexcept { return node().find(name).has_value(); }

  /// Elements of an array, json_value each, in order. Throws json_error for other kinds.
  json_detail::json_sequence<json_value> elements() const;
  /// Members of an object, json_member each, in the order of the text. Throws json_error for other
  /// kinds.
  json_detail::json_sequence<json_member> members() const;

  /// The value as a T, as from_json() reads it. Throws json_error.
  template <class T>
  T get() const;
  /// The same with nullopt in place of exceptions.
  template <class T>
  std::optional<T> get_if() const;

  /// JSON text, without white space; numbers in their shortest form.
  std::string raw() const;

 private:
  friend bool json_detail::read_value(const json_detail::node& in, json_value& out);
  template <class Item>
  friend class json_detail::json_sequence;
  friend void json_detail::append_value(std::string& out, const json_value& value);
  friend void json_detail::append_value(payload_writer& out, const json_value& value);

  explicit json_value(const json_detail::node& shown)
      : shown_(shown.share()), attachments_(shown.attachments()) {}
  json_detail::node node() const noexcept { return {shown_.get(), shown_, attachments_}; }
  template <class Item>
  Item item(std::size_t index) const;

  std::shared_ptr<const void> shown_;  // points into a document and keeps all of it
  json_detail::attachment_list attachments_;
};

/// A member of an object. The name lives as long as the value.
struct json_member {
  std::string_view name;
  json_value value;
};

template <>
json_value json_value::item<json_value>(std::size_t index) const;
template <>
json_member json_value::item<json_member>(std::size_t index) const;

namespace json_detail {

template <class Item>
class json_sequence {
 public:
  class iterator {
   public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    iterator(const json_value& of, std::size_t index) : of_(&of), index_(index) {}
    Item operator*() const { return of_->template item<Item>(index_); }
    iterator& operator++() {
      ++index_;
      return *this;
    }
    iterator operator++(int) { return std::exchange(*this, iterator(*of_, index_ + 1)); }
    friend bool operator==(const iterator& a, const iterator& b) { return a.index_ == b.index_; }

   private:
    const json_value* of_ = nullptr;
    std::size_t index_ = 0;
  };

  explicit json_sequence(json_value of) : of_(std::move(of)) {}
  iterator begin() const { return iterator(of_, 0); }
  iterator end() const { return iterator(of_, of_.size()); }

 private:
  json_value of_;
};

}  // namespace json_detail

template <class T>
T json_value::get() const {
  T out{};
  json_detail::failure why;
  if (!json_detail::read(node(), out, why)) why.raise();
  return out;
}

template <class T>
std::optional<T> json_value::get_if() const {
  std::optional<T> out(std::in_place);
  json_detail::failure ignored(json_detail::failure::detail::none);
  if (!json_detail::read(node(), *out, ignored)) out.reset();
  return out;
}

template <class T>
T from_json(std::string_view raw, std::span<const binary> attachments) {
  if constexpr (std::same_as<T, raw_json>) {
    return raw_json{raw, attachments};
  } else {
    T out{};
    json_detail::failure why;
    json_detail::document document;
    if (!document.parse(raw, why, attachments) || !json_detail::read(document.root(), out, why))
      why.raise();
    return out;
  }
}

template <class T>
std::optional<T> try_from_json(std::string_view raw, std::span<const binary> attachments) {
  if constexpr (std::same_as<T, raw_json>) {
    return raw_json{raw, attachments};
  } else {
    std::optional<T> out(std::in_place);
    json_detail::failure ignored(json_detail::failure::detail::none);
    json_detail::document document;
    if (!document.parse(raw, ignored, attachments) ||
        !json_detail::read(document.root(), *out, ignored)) {
      out.reset();
    }
    return out;
  }
}

}  // namespace pushmesh
