#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "net/transport/relay/edge_relay.hpp"
#include "net/transport/relay/home_relay.hpp"
#include "net/transport/relay/relay_outlet.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::net {

/// What one loop has to do with sessions and clients of other nodes, see relay_message.hpp. Belongs
/// to the loop's thread.
class session_relay final : private timer_node {
 public:
  explicit session_relay(io_loop& loop);

  /// A request for a session of another node.
  void forward(const session_home& home, session_request request);
  /// What a link brings for this loop.
  void take(const session_link_ref& from, relay_message message);
  /// A link is lost; take() is not called for it any more.
  void lost(std::uint64_t link);

  edge_relay& edge() noexcept { return edge_; }
  /// Client descriptors that are tunnels.
  std::size_t tunnels() const noexcept { return edge_.tunnels(); }
  /// End of a turn of the loop: what was gathered goes out.
  void flush();

  // For its parts.

  /// Something was sent: when it waits, it is tried again soon.
  void watch(relay_outlet& to);
  /// Something was gathered.
  void flush_later(relay_outlet&) noexcept { gathered_ = true; }

 private:
  static void on_retry(timer_node& node);
  void retry_later(const relay_outlet& to);
  const relay_outlet_ref& outlet(const session_link_ref& link);

  io_loop& loop_;
  edge_relay edge_;
  home_relay home_;
  std::map<std::uint64_t, relay_outlet_ref> outlets_;  // by link
  bool gathered_ = false;
};

}  // namespace pushmesh::net
