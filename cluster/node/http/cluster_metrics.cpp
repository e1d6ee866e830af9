#include "cluster/node/http/cluster_metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

namespace pushmesh::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::size_t nodes(const cluster_stats& s) {
  return static_cast<std::size_t>(
      std::count_if(s.peers.begin(), s.peers.end(), [](const auto& p) { return !p.is_client; }));
}

template <class Duration>
double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

/// One number of each S, be it the cluster_stats, a peer_status or a peer_totals. Below zero: there
/// is none yet.
template <class S>
struct metric {
  const char* name;
  MetricType type;
  const char* help;
  double (*value)(const S&);
};

constexpr auto gauge = MetricType::Gauge;
constexpr auto counter = MetricType::Counter;

// The one place where the names and helps of these metrics are written.
constexpr metric<cluster_stats> of_node[] = {
    {"pushmesh_cluster_peers_up", gauge, "Nodes this one is linked with now.",
     [](const cluster_stats& s) { return static_cast<double>(nodes(s)); }},
    {"pushmesh_cluster_clients", gauge, "Clients of the cluster linked with this node now.",
     [](const cluster_stats& s) { return static_cast<double>(s.peers.size() - nodes(s)); }},
    {"pushmesh_cluster_own_rooms", gauge, "Rooms of this node that its peers are told of.",
     [](const cluster_stats& s) { return static_cast<double>(s.own_rooms); }},
    {"pushmesh_cluster_remote_rooms", gauge, "Rooms known of the peers, each once.",
     [](const cluster_stats& s) { return static_cast<double>(s.remote_rooms); }},
    {"pushmesh_cluster_remote_rooms_bytes", gauge, "Memory of the rooms known of the peers.",
     [](const cluster_stats& s) { return static_cast<double>(s.remote_rooms_bytes); }},
    {"pushmesh_cluster_pending_joins", gauge, "Joins that wait until all peers know the room.",
     [](const cluster_stats& s) { return static_cast<double>(s.pending_joins); }},
    {"pushmesh_cluster_tls_failures_total", counter,
     "TLS connections with the cluster port or with peers that failed: wrong certificates, "
     "strangers.",
     [](const cluster_stats& s) { return static_cast<double>(s.tls_failures); }},
    {"pushmesh_cluster_socket_handles", gauge, "Actors that stand for sockets of other nodes.",
     [](const cluster_stats& s) { return static_cast<double>(s.socket_handles); }},
    {"pushmesh_bridge_leases_total", counter,
     "Times another node began to feed this one with what is published through Redis.",
     [](const cluster_stats& s) { return static_cast<double>(s.bridge_leases); }},
    {"pushmesh_bridge_fed_items_total", counter,
     "Published messages sent on to nodes without Redis, once for each node.",
     [](const cluster_stats& s) { return static_cast<double>(s.bridge_fed_items); }},
    {"pushmesh_bridge_fed_dropped_total", counter,
     "Those of them that were dropped: too much waited for the node.",
     [](const cluster_stats& s) { return static_cast<double>(s.bridge_fed_dropped); }},
};
constexpr metric<peer_totals> of_name[] = {
    {"pushmesh_peer_links_total", counter,
     "Links made with the peer; all but the first are reconnects.",
     [](const peer_totals& t) { return static_cast<double>(t.links); }},
    {"pushmesh_peer_lost_items_total", counter,
     "Messages that waited for the peer when a link with it was lost, and were dropped.",
     [](const peer_totals& t) { return static_cast<double>(t.lost_items); }},
};
constexpr metric<peer_status> of_link[] = {
    {"pushmesh_peer_up_seconds", gauge, "Age of the link with the peer.",
     [](const peer_status& p) { return seconds(p.up_for); }},
    {"pushmesh_peer_round_trip_seconds", gauge, "Round trip of the last ping.",
     [](const peer_status& p) { return seconds(p.round_trip); }},
    {"pushmesh_peer_queued_bytes", gauge, "Memory of the messages that wait for the peer now.",
     [](const peer_status& p) { return static_cast<double>(p.queued_bytes); }},
    {"pushmesh_peer_queued_items", gauge, "Messages that wait for the peer now.",
     [](const peer_status& p) { return static_cast<double>(p.queued_items); }},
    {"pushmesh_peer_refused_items_total", counter,
     "Messages refused because the queue of the link was full.",
     [](const peer_status& p) { return static_cast<double>(p.refused_items); }},
    {"pushmesh_peer_volatile_dropped_total", counter,
     "Volatile messages that left the full queue of the link for others.",
     [](const peer_status& p) { return static_cast<double>(p.volatile_dropped); }},
    {"pushmesh_peer_bytes_in_total", counter, "Bytes of the batches received over the link.",
     [](const peer_status& p) { return static_cast<double>(p.bytes_in); }},
    {"pushmesh_peer_bytes_out_total", counter, "Bytes of the batches sent over the link.",
     [](const peer_status& p) { return static_cast<double>(p.bytes_out); }},
    {"pushmesh_peer_batches_in_total", counter, "Batches received over the link.",
     [](const peer_status& p) { return static_cast<double>(p.batches_in); }},
    {"pushmesh_peer_batches_out_total", counter, "Batches sent over the link.",
     [](const peer_status& p) { return static_cast<double>(p.batches_out); }},
    {"pushmesh_peer_handler_seconds_total", counter,
     "Time spent on the batches of the peer before the shards got them.",
     [](const peer_status& p) { return seconds(p.handler_time); }},
    {"pushmesh_peer_watched_sockets", gauge,
     "Sockets of this node for which the peer has handles and waits for their end.",
     [](const peer_status& p) { return static_cast<double>(p.watched_sockets); }},
};

MetricFamily family(const char* name, MetricType type, const char* help) {
  return {name, help, type, {}};
}

void add(MetricFamily& to, std::vector<ClientMetric::Label> labels, double value) {
  ClientMetric m;
  m.label = std::move(labels);
  (to.type == counter ? m.counter.value : m.gauge.value) = value;
  to.metric.push_back(std::move(m));
}

/// One family for each line of `table`, with the value of each of `peers`.
template <class S, std::size_t N>
void add_peers(std::vector<MetricFamily>& to, const metric<S> (&table)[N],
               const std::vector<S>& peers) {
  for (const auto& line : table) {
    auto one = family(line.name, line.type, line.help);
    for (const auto& p : peers)
      if (const auto value = line.value(p); value >= 0) add(one, {{"peer", p.name}}, value);
    to.push_back(std::move(one));
  }
}

MetricFamily states(const cluster_stats& stats, const std::vector<peer_status>& up) {
  auto all = family("pushmesh_peer_state", gauge,
                    "1 in the one state the peer is in: up, suspected (silent for a while), lost, "
                    "left (it said goodbye); 0 in the others.");
  const auto add_peer = [&all](const std::string& name, std::string_view now) {
    for (const auto* state : {"up", "suspected", "lost", "left"})
      add(all, {{"peer", name}, {"state", state}}, now == state);
  };
  for (const auto& p : up) add_peer(p.name, p.suspected ? "suspected" : "up");
  for (const auto& p : stats.gone) add_peer(p.name, p.left ? "left" : "lost");
  return all;
}

MetricFamily feeds(const cluster_stats& stats, const std::vector<peer_status>& up) {
  auto all = family("pushmesh_bridge_feed", gauge,
                    "1: the peer feeds this node with what is published through Redis "
                    "(direction in), or this node feeds the peer (out).");
  for (const auto& p : up) {
    add(all, {{"peer", p.name}, {"direction", "in"}}, p.name == stats.bridge_feeder);
    add(all, {{"peer", p.name}, {"direction", "out"}},
        std::count(stats.bridge_fed.begin(), stats.bridge_fed.end(), p.name) > 0);
  }
  return all;
}

}  // namespace

std::vector<MetricFamily> cluster_families(const cluster_stats& stats) {
  std::vector<peer_status> up;
  std::copy_if(stats.peers.begin(), stats.peers.end(), std::back_inserter(up),
               [](const auto& p) { return !p.is_client; });
  std::vector<MetricFamily> families;
  for (const auto& line : of_node) {
    families.push_back(family(line.name, line.type, line.help));
    add(families.back(), {}, line.value(stats));
  }
  families.push_back(states(stats, up));
  families.push_back(feeds(stats, up));
  add_peers(families, of_name, stats.totals);
  add_peers(families, of_link, up);
  return families;
}

}  // namespace pushmesh::http
