#pragma once

#include <cstddef>
#include <cstdint>

#include "net/transport/options.hpp"
#include "net/transport/outbound_queue.hpp"

namespace pushmesh::net {

/// What is to be done with a message for a queue that may be full.
struct overflow_verdict {
  enum class action : std::uint8_t { queue, drop, close };
  action what;
  std::size_t dropped = 0;  ///< queued messages that made room
};

/// Applies `policy` to `queue`, so that `incoming` fits into `max_bytes`. A message always fits an
/// empty queue. Volatile messages never cost more than themselves; messages without an event
/// (control packets, acks) cannot be dropped, so when dropping events makes no room for them the
/// connection has to be closed. `policy` is not inherit.
overflow_verdict make_room(outbound_queue& queue, const frame& incoming, overflow_policy policy,
                           std::size_t max_bytes);

}  // namespace pushmesh::net
