#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace pushmesh::actors {

/// Acknowledgements on their way to Redis: so many are being published, more wait in their order,
/// up to a bound. Pure.
class ack_outbox {
 public:
  struct message {
    std::string channel;
    std::string text;
  };

  /// `window`: published and not confirmed at the same time. `max_bytes`: of what waits.
  ack_outbox(std::size_t window, std::size_t max_bytes) : window_(window), max_bytes_(max_bytes) {}

  /// False: too much waits, the message is gone.
  bool push(message m);
  /// The next one to publish; it counts as under way until done().
  std::optional<message> next();
  void done() noexcept { --under_way_; }
  /// Forgets what waits: how many those were.
  std::size_t clear();

  std::size_t waiting() const noexcept { return waiting_.size(); }
  std::size_t under_way() const noexcept { return under_way_; }

 private:
  static std::size_t size_of(const message& m) noexcept;

  std::size_t window_;
  std::size_t max_bytes_;
  std::deque<message> waiting_;
  std::size_t bytes_ = 0;  // of waiting_
  std::size_t under_way_ = 0;
};

}  // namespace pushmesh::actors
