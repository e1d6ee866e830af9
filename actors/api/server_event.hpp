#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/event.hpp"
#include "actors/api/json_value.hpp"
#include "actors/api/json_writer.hpp"

namespace pushmesh {

namespace actors {
struct server_event_message;
}

/// Answers a server-side event later, once, from any thread. Copies answer the same event. One that
/// is never answered makes the asking node wait for its timeout.
class server_ack {
 public:
  server_ack() = default;
  explicit server_ack(std::shared_ptr<actors::server_event_message> m) : message_(std::move(m)) {}
  template <class... Args>
  bool operator()(const Args&... args) const {
    return send(payload_of(args...));
  }

 private:
  bool send(payload args) const;
  std::shared_ptr<actors::server_event_message> message_;
};

/// An event that another node, or a back-end through the bridge, sent to the nodes themselves
/// (serverSideEmit). Handled on a shard; views into it end with the handler.
class server_event {
 public:
  explicit server_event(std::shared_ptr<actors::server_event_message> message);
  server_event(const server_event&) = delete;
  server_event& operator=(const server_event&) = delete;

  std::string_view name() const noexcept;
  /// Name of the node it comes from.
  std::string_view from() const noexcept;
  std::size_t size() const noexcept { return elements_.size(); }
  /// Raw JSON of argument `index`; `null` when there is none.
  std::string_view raw(std::size_t index) const noexcept {
    return index < size() ? elements_[index] : std::string_view("null");
  }
  /// Argument `index` as a T. Throws json_error when it is missing or of another type.
  template <class T>
  T get(std::size_t index) const {
    return from_json<T>(raw(index));
  }
  raw_args args() const noexcept;

  bool wants_ack() const noexcept;
  /// Answers now; false when no answer is wanted, or there was one.
  template <class... Args>
  bool ack(const Args&... args) const {
    return answer(payload_of(args...));
  }
  server_ack take_ack() const;

 private:
  bool answer(payload args) const;
  std::shared_ptr<actors::server_event_message> message_;
  std::string array_;
  std::vector<std::string_view> elements_;
};

}  // namespace pushmesh
