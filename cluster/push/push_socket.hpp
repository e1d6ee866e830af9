#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "actors/api/socket.hpp"
#include "cluster/push/session_info.hpp"
#include "cluster/push/session_registry.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::cluster::push {

/// What the push service knows of one socket: whose it is, and when that ends. Kept by the socket
/// (socket::data()), lives on its shard.
class push_socket {
 public:
  /// `on_due` runs on the socket's shard while the socket is there.
  using due = std::function<void(socket&)>;
  push_socket(const socket& of, due on_due) : self_(of.ref()), on_due_(std::move(on_due)) {}

  /// That of a socket; nullptr when it has none.
  static push_socket* of(socket& s);
  static push_socket& make(socket& s, due on_due);

  struct session {
    session_info info;
    std::shared_ptr<const session_lease> lease;  ///< nullptr: it came back, the registry is asked
  };
  const std::optional<session>& current() const noexcept { return session_; }
  std::optional<session>& current() noexcept { return session_; }
  bool is(std::uint64_t number) const noexcept {
    return session_ && session_->lease && session_->lease->claim().number == number;
  }

  /// A login begins, or a logout: answers to an earlier login no longer count.
  std::uint64_t begin_turn() noexcept { return ++turn_; }
  bool is_turn(std::uint64_t turn) const noexcept { return turn_ == turn; }

  /// Calls `on_due` after `delay`, or after an hour when that is sooner: clocks are set.
  void arm(std::chrono::milliseconds delay);
  void disarm() noexcept { timer_.cancel(); }

  /// Counts logins: verifying signatures costs more than most that a client can ask for.
  net::rate_limit logins;
  /// Until when it has to log in; nullopt: it did once, or need not.
  std::optional<time_point> login_due;
  /// Its session was ended before its client could be told.
  std::optional<session_end> ended_early;

 private:
  struct timer final : net::timer_node {
    explicit timer(push_socket& s) : net::timer_node(run), of(s) {}
    static void run(net::timer_node& n);
    push_socket& of;
  };

  socket_ref self_;
  due on_due_;
  std::optional<session> session_;
  std::uint64_t turn_ = 0;
  timer timer_{*this};
};

}  // namespace pushmesh::cluster::push
