#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/payload.hpp"

namespace pushmesh {

/// Puts a payload together, value by value: append_json() takes it in place of a string, and what
/// is appended may then hold binary. Attachments are numbered in the order of the text.
class payload_writer {
 public:
  /// Where JSON is appended.
  std::string& text() noexcept { return text_; }
  /// Appends a placeholder, and keeps the bytes.
  void attach(const binary& bytes);
  /// Appends JSON whose placeholders name `attachments`; those that are named are taken over.
  void raw(std::string_view json, std::span<const binary> attachments);
  /// What was written. If it has attachments, objects in the text that only look like placeholders
  /// (a client may send such) become null: receivers would take them for attachments.
  payload finish() &&;

 private:
  void place(std::size_t index);
  std::string text_;
  std::vector<binary> attachments_;
  std::vector<std::size_t> places_;  // offsets of our placeholders in text_, ascending
};

namespace json_detail {

/// What append_json() can write to. A plain string has no place for binary.
template <class T>
concept json_output = std::same_as<T, std::string> || std::same_as<T, payload_writer>;

inline std::string& text_of(std::string& out) noexcept {
  return out;
}
inline std::string& text_of(payload_writer& out) noexcept {
  return out.text();
}

inline void append_raw(std::string& out, std::string_view json, std::span<const binary>) {
  out += json;
}
inline void append_raw(payload_writer& out, std::string_view json,
                       std::span<const binary> attachments) {
  attachments.empty() ? void(out.text() += json) : out.raw(json, attachments);
}

}  // namespace json_detail
}  // namespace pushmesh
