#pragma once

#include <utility>

#include "actors/api/ack.hpp"
#include "actors/api/cluster_results.hpp"
#include "actors/collector.hpp"

namespace pushmesh {

inline void merge(ack_result& all, ack_result&& part) {
  actors::append(all.acked, std::move(part.acked));
  actors::append(all.timed_out, std::move(part.timed_out));
  actors::append(all.left, std::move(part.left));
  actors::append(all.nodes_missing, std::move(part.nodes_missing));
  all.overloaded |= part.overloaded;
}
inline void merge(fetch_result& all, fetch_result&& part) {
  actors::append(all.sockets, std::move(part.sockets));
  actors::append(all.nodes_missing, std::move(part.nodes_missing));
}
inline void merge(lookup_result& all, lookup_result&& part) {
  actors::append(all.found, std::move(part.found));
  actors::append(all.nodes_missing, std::move(part.nodes_missing));
}
inline void merge(server_reply_result& all, server_reply_result&& part) {
  actors::append(all.replies, std::move(part.replies));
  actors::append(all.nodes_missing, std::move(part.nodes_missing));
}

namespace actors {

/// The parts of an emit with acknowledgement: a report of each shard and of each other node.
using ack_collector = collector<ack_result>;
using fetch_collector = collector<fetch_result>;
using lookup_collector = collector<lookup_result>;
using server_reply_collector = collector<server_reply_result>;

}  // namespace actors
}  // namespace pushmesh
