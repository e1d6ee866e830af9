#pragma once

#include <cstddef>
#include <cstdint>

#include "net/transport/options.hpp"
#include "net/transport/outbound_queue.hpp"

namespace pushmesh::net {

class io_loop;

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

/// Whether a volatile message is not worth queueing (and is counted as dropped): the transport
/// takes nothing now, or the node's budget runs low.
bool drops_volatile(io_loop& loop, const frame& incoming, bool can_write);

/// How long a client has had to read what is queued.
enum class chance_to_read : std::uint8_t {
  given,
  none_yet,  ///< its queue filled within this turn of the loop: four times as much may wait
};
/// Decides on a message for a queue that it would make longer than max_queue_bytes, by the policy
/// of the message or else of the server. Counts what is dropped and who is closed.
overflow_verdict::action admit(io_loop& loop, outbound_queue& queue, const frame& incoming,
                               chance_to_read chance);
/// Whether admit() has to be asked.
bool makes_too_long(const io_loop& loop, const outbound_queue& queue, const frame& incoming);

}  // namespace pushmesh::net
