#pragma once

#include <array>

#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/transport/counters.hpp"

namespace pushmesh::actors {

/// What the emitter bridge counts. Written on its shard, read anywhere.
struct bridge_counters {
  net::counter up;          ///< gauge: 1 while messages arrive
  net::counter connects;    ///< subscriptions made, the first included
  net::counter messages;    ///< messages received
  net::counter broadcasts;  ///< carried out
  net::counter requests;    ///< carried out
  net::counter duplicates;  ///< copies of several-room publishes of versions 1 and 2, not needed
  net::counter own;         ///< what this cluster published itself came back
  net::counter missed;      ///< dropped because Redis went while it took over from another node
  net::counter unclaimed;   ///< for namespaces that this node does not have
  net::counter acks;        ///< acknowledgements published
  net::counter acks_lost;   ///< that could not be published
  net::counter acks_not_asked;  ///< events sent without asking: no message id, too many pending
  net::counter pauses;          ///< times it stopped reading because the shards had too much to do
  std::array<net::counter, net::bridge_errc_count + 1> refused;  ///< by bridge_errc
};

}  // namespace pushmesh::actors
