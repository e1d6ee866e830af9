#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pushmesh::cluster::push {

/// A name that users or back-ends chose, as a type of its own for each kind. UTF-8; may be empty
/// where its user says so.
template <class Kind>
struct text_id {
  std::string text;

  text_id() = default;
  explicit text_id(std::string t) noexcept : text(std::move(t)) {}
  explicit text_id(std::string_view t) : text(t) {}
  explicit text_id(const char* t) : text(t) {}

  bool empty() const noexcept { return text.empty(); }
  std::string_view view() const noexcept { return text; }
  friend bool operator==(const text_id&, const text_id&) = default;
  friend auto operator<=>(const text_id&, const text_id&) = default;
};

using user_id = text_id<struct user_kind>;
using message_id = text_id<struct message_kind>;
using tag_name = text_id<struct tag_kind>;
/// What a client calls the device it runs on; empty: it did not say.
using device_id = text_id<struct device_kind>;
/// `ios`, `web`, ..; empty: it did not say.
using platform_name = text_id<struct platform_kind>;

/// Wall-clock time, as receipts show it. Always passed in: nothing here reads a clock.
using store_time = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace pushmesh::cluster::push

template <class Kind>
struct std::hash<pushmesh::cluster::push::text_id<Kind>> {
  std::size_t operator()(const pushmesh::cluster::push::text_id<Kind>& id) const noexcept {
    return std::hash<std::string>{}(id.text);
  }
};
