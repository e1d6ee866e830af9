#include "cluster/node/node_health.hpp"

#include <algorithm>
#include <utility>

#include "net/transport/outbound_budget.hpp"

namespace pushmesh {
namespace {

/// Time to renew a certificate, and to notice that nobody did.
constexpr std::time_t renewal_time = 7 * 24 * 3600;

void add_name(std::string& list, const std::string& name) {
  list += (list.empty() ? "" : ", ") + name;
}

}  // namespace

component_health health_of_connections(const open_connections& open) {
  component_health h{"connections", {}, std::to_string(open.sessions), {}};
  if (open.tunnels > 0) h.detail += " and " + std::to_string(open.tunnels) + " for other nodes";
  if (open.max > 0) h.detail += " of " + std::to_string(open.max);
  if (open.max == 0 || open.most_taken < open.max) return h;
  h.state = health_state::degraded;
  h.detail += ": new ones are refused";
  h.advice = "start more nodes, or raise max_connections and the limit of open descriptors";
  return h;
}

component_health health_of_memory(const net::outbound_budget& budget) {
  using level = net::outbound_budget::level;
  component_health h{"memory", {}, {}, {}};
  h.detail = std::to_string(budget.used() >> 20) + " of " + std::to_string(budget.limit() >> 20) +
             " MiB for messages on their way to clients";
  const auto now = budget.current();
  if (now == level::normal) return h;
  h.state = health_state::degraded;
  h.detail += now == level::full ? ": the connections with the most are being closed"
                                 : ": volatile messages are dropped";
  h.advice = "send less, start more nodes, or raise outbound_budget";
  return h;
}

component_health health_of_certificate(std::string about, std::time_t end) {
  component_health h{"tls", {}, std::move(about), {}};
  if (end - std::time(nullptr) > renewal_time) return h;
  h.state = health_state::degraded;
  h.advice = "renew the certificate and send SIGHUP";
  return h;
}

component_health health_of_cluster(
    const cluster_stats& stats, const std::vector<cluster::membership_routes::route_view>& routes) {
  component_health h{"cluster", {}, {}, {}};
  std::string up, silent, lost, unreachable;
  std::size_t count = 0;
  for (const auto& p : stats.peers) {
    if (p.is_client) continue;
    ++count;
    if (p.suspected) add_name(silent, p.name);
  }
  for (const auto& p : stats.gone)
    if (!p.left) add_name(lost, p.name);
  for (const auto& r : routes)
    if (r.configured && !r.peer && r.failures > 0) add_name(unreachable, r.address);
  h.detail = std::to_string(count) + (count == 1 ? " peer is up" : " peers are up");
  if (!silent.empty()) h.detail += "; silent: " + silent;
  if (!lost.empty()) h.detail += "; lost: " + lost;
  if (!unreachable.empty()) h.detail += "; cannot be reached: " + unreachable;
  if (silent.empty() && lost.empty() && unreachable.empty()) return h;
  h.state = health_state::degraded;
  h.advice = "look at these nodes and the network; the node dials them until they are back";
  return h;
}

}  // namespace pushmesh
