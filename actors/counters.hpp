#pragma once

#include <array>

#include "net/protocol/close_reason.hpp"
#include "net/transport/counters.hpp"

namespace pushmesh::actors {

/// What the actors of one shard count. Written on the shard, read anywhere.
struct actor_counters {
  net::counter socket_actors;  ///< gauge
  net::counter sockets;        ///< gauge: namespaces joined
  net::counter rooms;          ///< gauge
  net::counter pending_acks;   ///< gauge
  net::counter partial_bytes;  ///< gauge: of binary packets that are not complete
  net::counter events_in;
  net::counter emits;  ///< emits applied on this shard
  net::counter bad_arguments;
  net::counter handler_errors;
  net::counter slow_handlers;
  net::counter namespaces_refused;  ///< CONNECTs beyond max_namespaces
  net::counter rooms_refused;       ///< joins beyond max_rooms
  net::counter sessions_away;       ///< gauge: sockets that may come back
  net::counter replay_bytes;        ///< gauge: of packets kept for them
  net::counter sessions_recovered;
  net::counter sessions_lost;                ///< were away for too long, or too many
  net::counter sessions_refused;             ///< claims that could not be honoured
  std::array<net::counter, 32> disconnects;  ///< sockets that left, by close_reason
};

}  // namespace pushmesh::actors
