#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/ack.hpp"
#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"

namespace pushmesh {

namespace actors {
class membership;
class socket_actor;
}  // namespace actors

/// An argument of an event is missing or of another type than asked for. When a handler lets it
/// escape, the event is dropped, counted and logged; the socket stays.
struct argument_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An event a client sent, during its handler. Views into it end with the handler.
class event {
 public:
  event(actors::membership& from, std::string_view name,
        const std::vector<std::string_view>& elements, std::span<const binary> attachments,
        std::string_view ack_id) noexcept
      : from_(from), name_(name), elements_(elements), attachments_(attachments), ack_id_(ack_id) {}
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  std::string_view name() const noexcept { return name_; }
  /// Number of arguments, without the name.
  std::size_t size() const noexcept { return elements_.empty() ? 0 : elements_.size() - 1; }
  /// Raw JSON of argument `index`; `null` when there is none. Binary in it shows as a placeholder:
  /// to pass the argument on, use arg().
  std::string_view raw(std::size_t index) const noexcept {
    return index < size() ? elements_[index + 1] : std::string_view("null");
  }
  /// Argument `index` to be passed on to emit() or ack(), with its attachments.
  raw_json arg(std::size_t index) const noexcept { return {raw(index), attachments_}; }
  /// Argument `index` as a T. Throws argument_error: `argument 0 of "join": expected string, got
  /// number 5`.
  template <class T>
  T get(std::size_t index) const {
    if (index >= size()) throw_missing(index);
    try {
      return from_json<T>(elements_[index + 1], attachments_);
    } catch (const json_error& e) {
      throw_wrong(index, e.what());
    }
  }
  /// The same without exceptions.
  template <class T>
  std::optional<T> get_if(std::size_t index) const {
    if (index >= size()) return std::nullopt;
    return try_from_json<T>(elements_[index + 1], attachments_);
  }
  /// All arguments from `first` on, with their attachments, to be passed on to emit() or ack()
  /// without a copy.
  raw_args args(std::size_t first = 0) const noexcept;

  /// True when the client waits for an answer.
  bool wants_ack() const noexcept { return !ack_id_.empty(); }
  /// Answers now. False when the client did not ask.
  template <class... Args>
  bool ack(const Args&... args) {
    return wants_ack() && answer(payload_of(args...));
  }
  /// The answer for later, from any thread.
  pushmesh::ack take_ack();

 private:
  bool answer(payload args);
  [[noreturn]] void throw_missing(std::size_t index) const;
  [[noreturn]] void throw_wrong(std::size_t index, const char* why) const;
  actors::membership& from_;
  std::string_view name_;
  const std::vector<std::string_view>& elements_;
  std::span<const binary> attachments_;
  std::string_view ack_id_;
  pushmesh::ack taken_;  // once take_ack() was called, answers go through it
  bool answered_ = false;
};

}  // namespace pushmesh
