#include <algorithm>
#include <utility>
#include <vector>

#include "actors/local_sockets.hpp"
#include "actors/shard.hpp"
#include "cluster/node/node_health.hpp"
#include "cluster/node/server_impl.hpp"

namespace pushmesh {

server_stats server::impl::stats() const {
  server_stats all{};
  for (const auto& s : core->shards()) {
    const auto& t = s->loop().counters();
    const auto& a = core->sockets_of(*s).counters();
    all.connections += t.connections.get();
    all.accepted += t.accepted.get();
    all.refused_full += t.refused_full.get();
    all.refused_descriptors += t.refused_descriptors.get();
    all.refused_address += t.refused_address.get();
    all.connects_delayed += t.connects_delayed.get();
    all.refused_proxy += t.refused_proxy.get();
    all.bad_proxy_headers += t.bad_proxy_headers.get();
    all.namespaces_refused += a.namespaces_refused.get();
    all.rooms_refused += a.rooms_refused.get();
    all.sessions_away += a.sessions_away.get();
    all.replay_bytes += a.replay_bytes.get();
    all.sessions_recovered += a.sessions_recovered.get();
    all.sessions_lost += a.sessions_lost.get();
    all.sessions_refused += a.sessions_refused.get();
    all.tls_handshakes += t.tls_handshakes.get();
    all.tls_resumed += t.tls_resumed.get();
    all.tls_failed += t.tls_failed.get();
    all.http_requests += t.http_requests.get();
    all.http_refused += t.http_refused.get();
    all.request_timeouts += t.request_timeouts.get();
    all.messages_in += t.messages_in.get();
    all.bytes_in += t.bytes_in.get();
    all.frames_out += t.frames_out.get();
    all.bytes_out += t.bytes_out.get();
    all.writes += t.writes.get();
    all.writes_blocked += t.writes_blocked.get();
    all.volatile_dropped += t.volatile_dropped.get();
    all.overflow_dropped += t.overflow_dropped.get();
    all.slow_consumers += t.slow_consumers.get();
    all.overload_closed += t.overload_closed.get();
    all.relayed_requests += t.relayed_requests.get();
    all.relayed_served += t.relayed_served.get();
    all.tunnels += t.tunnels.get();
    all.tunnelled += t.tunnelled.get();
    all.tunnel_bytes_in += t.tunnel_bytes_in.get();
    all.tunnel_bytes_out += t.tunnel_bytes_out.get();
    all.sockets += a.sockets.get();
    all.rooms += a.rooms.get();
    all.events_in += a.events_in.get();
    all.emits += a.emits.get();
    all.bad_arguments += a.bad_arguments.get();
    all.handler_errors += a.handler_errors.get();
    all.slow_handlers += a.slow_handlers.get();
    all.pending_acks += a.pending_acks.get();
    all.partial_bytes += a.partial_bytes.get();
    all.socket_actors += a.socket_actors.get();
    for (std::size_t i = 0; i < a.disconnects.size(); ++i)
      all.disconnects[i] += a.disconnects[i].get();
  }
  all.outbound_bytes = static_cast<std::int64_t>(net::live_frame_bytes());
  bridge_.add_to(all);
  if (tls_) all.tls_certificate_end = static_cast<std::int64_t>(tls_->certificate_end());
  return all;
}

std::vector<component_health> server::impl::health() const {
  const auto now = stats();
  std::vector<component_health> all;
  all.push_back(health_of_connections({now.connections, now.tunnels,
                                       std::max(quota_->taken(), sessions_->taken()),
                                       options.transport.max_connections}));
  all.push_back(health_of_memory(*budget_));
  if (tls_) all.push_back(health_of_certificate(tls_->about(), tls_->certificate_end()));
  if (links) all.push_back(health_of_cluster(links->stats(), links->routes()));
  if (auto redis = bridge_.health()) all.push_back(std::move(*redis));
  return all;
}

}  // namespace pushmesh
