#include "cluster/node/http/metrics.hpp"

#include <cstdint>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "cluster/node/http/cluster_metrics.hpp"
#include "cluster/node/http/process_metrics.hpp"
#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/protocol/close_reason.hpp"

namespace pushmesh::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

struct metric {
  const char* name;
  MetricType type;
  const char* help;
  std::int64_t server_stats::*value;
};

// The one place where the name and the help of a metric are written; cluster_metrics.cpp has those
// of the cluster.
constexpr metric metrics[] = {
    {"pushmesh_connections", MetricType::Gauge, "Connections now.", &server_stats::connections},
    {"pushmesh_sockets", MetricType::Gauge, "Namespaces joined over the connections now.",
     &server_stats::sockets},
    {"pushmesh_rooms", MetricType::Gauge,
     "Rooms with members now, those of single sockets included.", &server_stats::rooms},
    {"pushmesh_socket_actors", MetricType::Gauge, "Socket actors in memory.",
     &server_stats::socket_actors},
    {"pushmesh_pending_acks", MetricType::Gauge, "Receivers whose acknowledgement is awaited now.",
     &server_stats::pending_acks},
    {"pushmesh_partial_bytes", MetricType::Gauge,
     "Bytes of binary packets whose attachments are on their way now.",
     &server_stats::partial_bytes},
    {"pushmesh_outbound_bytes", MetricType::Gauge, "Bytes of messages on their way to clients now.",
     &server_stats::outbound_bytes},
    {"pushmesh_accepted_total", MetricType::Counter, "Connections accepted by the listener.",
     &server_stats::accepted},
    {"pushmesh_refused_full_total", MetricType::Counter,
     "Connections refused because the node had max_connections.", &server_stats::refused_full},
    {"pushmesh_refused_descriptors_total", MetricType::Counter,
     "Connections refused because descriptors ran out.", &server_stats::refused_descriptors},
    {"pushmesh_refused_address_total", MetricType::Counter,
     "Connections refused because of max_connections_per_address or max_connect_rate_per_address.",
     &server_stats::refused_address},
    {"pushmesh_connects_delayed_total", MetricType::Counter,
     "Times the listener paused because of max_connect_rate.", &server_stats::connects_delayed},
    {"pushmesh_refused_proxy_total", MetricType::Counter,
     "Connections refused because proxy_protocol is on and the peer is not in trusted_proxies.",
     &server_stats::refused_proxy},
    {"pushmesh_bad_proxy_headers_total", MetricType::Counter,
     "Connections closed because they did not begin with a PROXY header.",
     &server_stats::bad_proxy_headers},
    {"pushmesh_namespaces_refused_total", MetricType::Counter,
     "Namespaces refused because the connection was in max_namespaces.",
     &server_stats::namespaces_refused},
    {"pushmesh_rooms_refused_total", MetricType::Counter,
     "Rooms not joined because the socket was in max_rooms.", &server_stats::rooms_refused},
    {"pushmesh_relayed_requests_total", MetricType::Counter,
     "Polling requests that were sent on to the node of their session.",
     &server_stats::relayed_requests},
    {"pushmesh_relayed_served_total", MetricType::Counter,
     "Polling requests that other nodes sent on to sessions here.", &server_stats::relayed_served},
    {"pushmesh_tunnels", MetricType::Gauge,
     "WebSockets of clients connected here whose sessions are on other nodes, now.",
     &server_stats::tunnels},
    {"pushmesh_tunnelled_connections", MetricType::Gauge,
     "WebSockets of sessions here whose clients are connected to other nodes, now.",
     &server_stats::tunnelled},
    {"pushmesh_tunnel_bytes_in_total", MetricType::Counter,
     "Bytes from clients connected here into tunnels to other nodes.",
     &server_stats::tunnel_bytes_in},
    {"pushmesh_tunnel_bytes_out_total", MetricType::Counter,
     "Bytes from tunnels of other nodes to clients connected here.",
     &server_stats::tunnel_bytes_out},
    {"pushmesh_sessions_away", MetricType::Gauge,
     "Sockets without a client, which may come back as what they were.",
     &server_stats::sessions_away},
    {"pushmesh_replay_bytes", MetricType::Gauge,
     "Bytes of packets kept for clients that come back.", &server_stats::replay_bytes},
    {"pushmesh_sessions_recovered_total", MetricType::Counter,
     "Sockets whose client came back in time.", &server_stats::sessions_recovered},
    {"pushmesh_sessions_lost_total", MetricType::Counter,
     "Sockets given up because their client was away for too long, or too many were.",
     &server_stats::sessions_lost},
    {"pushmesh_sessions_refused_total", MetricType::Counter,
     "Clients that wanted their socket back and came as new ones.",
     &server_stats::sessions_refused},
    {"pushmesh_tls_handshakes_total", MetricType::Counter, "TLS handshakes done.",
     &server_stats::tls_handshakes},
    {"pushmesh_tls_resumed_total", MetricType::Counter,
     "TLS handshakes that a ticket of an earlier one made short.", &server_stats::tls_resumed},
    {"pushmesh_tls_failed_total", MetricType::Counter, "TLS handshakes that failed.",
     &server_stats::tls_failed},
    {"pushmesh_tls_certificate_end_seconds", MetricType::Gauge,
     "When the certificate in use ends, in Unix time; 0 without TLS.",
     &server_stats::tls_certificate_end},
    {"pushmesh_http_requests_total", MetricType::Counter, "HTTP requests, upgrades included.",
     &server_stats::http_requests},
    {"pushmesh_http_refused_total", MetricType::Counter, "HTTP requests answered with an error.",
     &server_stats::http_refused},
    {"pushmesh_request_timeouts_total", MetricType::Counter,
     "Connections cut because a TLS handshake or a request was not complete, or an answer not "
     "read, after request_timeout.",
     &server_stats::request_timeouts},
    {"pushmesh_messages_in_total", MetricType::Counter, "Messages received from clients.",
     &server_stats::messages_in},
    {"pushmesh_bytes_in_total", MetricType::Counter, "Bytes received from clients.",
     &server_stats::bytes_in},
    {"pushmesh_frames_out_total", MetricType::Counter, "Frames written to clients.",
     &server_stats::frames_out},
    {"pushmesh_bytes_out_total", MetricType::Counter, "Bytes written to clients.",
     &server_stats::bytes_out},
    {"pushmesh_writes_total", MetricType::Counter, "System calls that wrote to clients.",
     &server_stats::writes},
    {"pushmesh_writes_blocked_total", MetricType::Counter,
     "Writes that stopped early because the client's socket was full.",
     &server_stats::writes_blocked},
    {"pushmesh_volatile_dropped_total", MetricType::Counter,
     "Volatile messages dropped because the client was not writable.",
     &server_stats::volatile_dropped},
    {"pushmesh_overflow_dropped_total", MetricType::Counter,
     "Messages dropped by the overflow policy of a full queue.", &server_stats::overflow_dropped},
    {"pushmesh_slow_consumers_total", MetricType::Counter,
     "Connections closed because their queue was too long or too old.",
     &server_stats::slow_consumers},
    {"pushmesh_overload_closed_total", MetricType::Counter,
     "Connections closed because outbound_budget or max_partial_bytes was used up.",
     &server_stats::overload_closed},
    {"pushmesh_events_in_total", MetricType::Counter, "Events handed to handlers.",
     &server_stats::events_in},
    {"pushmesh_emits_total", MetricType::Counter,
     "Emits applied, once for each shard that may have a receiver.", &server_stats::emits},
    {"pushmesh_bad_arguments_total", MetricType::Counter,
     "Events dropped because an argument was missing or of another type.",
     &server_stats::bad_arguments},
    {"pushmesh_handler_errors_total", MetricType::Counter, "Handlers that threw.",
     &server_stats::handler_errors},
    {"pushmesh_slow_handlers_total", MetricType::Counter,
     "Handlers that held their shard longer than slow_handler.", &server_stats::slow_handlers},
    {"pushmesh_bridge_up", MetricType::Gauge,
     "1 while the emitter bridge receives what is published through Redis.",
     &server_stats::bridge_up},
    {"pushmesh_bridge_connects_total", MetricType::Counter,
     "Subscriptions of the emitter bridge made, the first included.",
     &server_stats::bridge_connects},
    {"pushmesh_bridge_messages_total", MetricType::Counter, "Messages the emitter bridge received.",
     &server_stats::bridge_messages},
    {"pushmesh_bridge_broadcasts_total", MetricType::Counter,
     "Broadcasts the emitter bridge carried out.", &server_stats::bridge_broadcasts},
    {"pushmesh_bridge_requests_total", MetricType::Counter,
     "Requests (join, leave, disconnect, server-side emit) the emitter bridge carried out.",
     &server_stats::bridge_requests},
    {"pushmesh_bridge_duplicates_total", MetricType::Counter,
     "Copies of publishes to several rooms that were not needed (emitter versions 1 and 2).",
     &server_stats::bridge_duplicates},
    {"pushmesh_bridge_unclaimed_total", MetricType::Counter,
     "Broadcasts for namespaces that this node does not have.", &server_stats::bridge_unclaimed},
    {"pushmesh_bridge_acks_total", MetricType::Counter,
     "Acknowledgements of clients the emitter bridge published.", &server_stats::bridge_acks},
    {"pushmesh_bridge_acks_lost_total", MetricType::Counter,
     "Acknowledgements that could not be published: Redis was away, or too many waited.",
     &server_stats::bridge_acks_lost},
    {"pushmesh_bridge_acks_not_asked_total", MetricType::Counter,
     "Events of bridge.ack_events sent without asking for acknowledgements: they had no message "
     "id, or too many acknowledgements were pending.",
     &server_stats::bridge_acks_not_asked},
    {"pushmesh_bridge_pauses_total", MetricType::Counter,
     "Times the emitter bridge stopped reading because the node had too much to send.",
     &server_stats::bridge_pauses},
    {"pushmesh_bridge_own_total", MetricType::Counter,
     "Messages that came back from Redis which this cluster had published itself.",
     &server_stats::bridge_own},
    {"pushmesh_bridge_missed_total", MetricType::Counter,
     "Messages dropped because Redis went again while the node took over from the one that fed it.",
     &server_stats::bridge_missed},
    {"pushmesh_bridge_published_total", MetricType::Counter,
     "Emits published for official servers (bridge.publish_emits).",
     &server_stats::bridge_published},
    {"pushmesh_bridge_forwarded_total", MetricType::Counter,
     "Emits that the node which feeds this one was asked to publish for official servers.",
     &server_stats::bridge_forwarded},
    {"pushmesh_bridge_publish_dropped_total", MetricType::Counter,
     "Emits not published for official servers: no Redis, or too much waited.",
     &server_stats::bridge_publish_dropped},
};

void set_value(ClientMetric& metric, MetricType type, double value) {
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
}

MetricFamily single(std::string name, MetricType type, std::string help, double value) {
  MetricFamily family{std::move(name), std::move(help), type, {ClientMetric{}}};
  set_value(family.metric.front(), type, value);
  return family;
}

MetricFamily disconnects(const server_stats& stats) {
  MetricFamily family{
      "pushmesh_disconnects_total", "Sockets that left, by reason.", MetricType::Counter, {}};
  for (std::size_t i = 1; i < std::size(stats.disconnects); ++i) {
    const auto name = to_string(static_cast<close_reason>(i));
    if (name == to_string(close_reason::none)) break;  // beyond the last reason
    ClientMetric metric;
    metric.label.push_back({"reason", std::string(name)});
    metric.counter.value = static_cast<double>(stats.disconnects[i]);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

MetricFamily bridge_refused(const server_stats& stats) {
  MetricFamily family{"pushmesh_bridge_refused_total",
                      "Messages the emitter bridge did not carry out, by kind.",
                      MetricType::Counter,
                      {}};
  for (std::size_t i = 1; i <= net::bridge_errc_count; ++i) {
    ClientMetric metric;
    metric.label.push_back({"kind", std::string(net::name_of(static_cast<net::bridge_errc>(i)))});
    metric.counter.value = static_cast<double>(stats.bridge_refused[i]);
    family.metric.push_back(std::move(metric));
  }
  return family;
}

MetricFamily build_info(const node_facts& facts) {
  auto family = single("pushmesh_build_info", MetricType::Gauge,
                       "Always 1; version of the build, name of the node and id of its start.", 1);
  family.metric.front().label = {{"version", std::string(facts.version)},
                                 {"name", std::string(facts.name)},
                                 {"node_id", std::string(facts.node_id)}};
  return family;
}

std::vector<MetricFamily> process_families() {
  const auto p = read_process_metrics();
  return {single("process_resident_memory_bytes", MetricType::Gauge, "Resident memory.",
                 p.resident_bytes),
          single("process_cpu_seconds_total", MetricType::Counter,
                 "CPU time of the process, user and system.", p.cpu_seconds)};
}

}  // namespace

std::string metrics_text(const server_stats& stats, const std::optional<cluster_stats>& cluster,
                         const node_facts& facts) {
  std::vector<MetricFamily> families;
  families.push_back(build_info(facts));
  for (const auto& m : metrics)
    families.push_back(single(m.name, m.type, m.help, static_cast<double>(stats.*m.value)));
  families.push_back(disconnects(stats));
  families.push_back(bridge_refused(stats));
  families.push_back(single("pushmesh_capacity_connections", MetricType::Gauge,
                            "Connections the limit of open descriptors allows.",
                            static_cast<double>(facts.capacity)));
  if (cluster)
    for (auto& family : cluster_families(*cluster)) families.push_back(std::move(family));
  for (auto& family : process_families()) families.push_back(std::move(family));
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace pushmesh::http
