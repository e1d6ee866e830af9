#include "cluster/node/bench/load_plan.hpp"

#include <algorithm>
#include <cmath>

namespace pushmesh::bench {
namespace {

// More in one epoll loop only makes it slower.
constexpr std::uint64_t most_per_process = 18'000;
// Standard streams, epoll, statistics of the kernel and a margin.
constexpr std::uint64_t reserved_descriptors = 32;
constexpr std::uint64_t most_processes = 128;
// connect() tries the ports of an address one by one: with few of them taken it finds one at once.
constexpr std::uint64_t ports_per_loopback_source = 1'000;

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) noexcept {
  return (a + b - 1) / b;
}

tl::unexpected<std::string> too_few_descriptors(const bench_options& o, std::uint64_t limit) {
  return tl::unexpected("descriptors run out: " + std::to_string(o.connections) +
                        " connections need more than " + std::to_string(most_processes) +
                        " processes of " + std::to_string(limit) +
                        " descriptors (ulimit -n raises that)");
}

// The n-th of 127.0.1.1 to 127.0.255.250.
std::string loopback_source(std::uint64_t n) {
  constexpr std::uint64_t per_net = 250;
  return "127.0." + std::to_string(1 + n / per_net % 255) + "." + std::to_string(1 + n % per_net);
}

void give_loopback_sources(load_plan& plan, std::uint64_t servers) {
  std::uint64_t next = 0;
  for (auto& p : plan.processes) {
    const auto wanted = divide_up(divide_up(p.connections, servers), ports_per_loopback_source);
    while (p.sources.size() < wanted) p.sources.push_back(loopback_source(next++));
  }
}

// With addresses of the user, or the one the kernel picks, the ports are shared by all processes.
void give_sources(load_plan& plan, const bench_options& o, const machine_limits& limits) {
  for (auto& p : plan.processes) p.sources = o.sources;
  const auto addresses = std::max<std::uint64_t>(1, o.sources.size());
  const auto ports = limits.source_ports * addresses * o.urls.size();
  if (o.connections <= ports) return;
  plan.warnings.push_back("source ports will run out: " + std::to_string(addresses) +
                          " address(es) have " + std::to_string(ports) + " ports for " +
                          std::to_string(o.connections) + " connections (--source adds some)");
}

}  // namespace

tl::expected<load_plan, std::string> plan_load(const bench_options& o, const machine_limits& limits,
                                               bool loopback) {
  if (limits.descriptors <= reserved_descriptors) return too_few_descriptors(o, limits.descriptors);
  const auto capacity = std::min(most_per_process, limits.descriptors - reserved_descriptors);
  const auto needed = divide_up(o.connections, capacity);
  const auto count = std::min(std::max(o.processes, needed), o.connections);
  if (needed > most_processes) return too_few_descriptors(o, limits.descriptors);
  if (count > most_processes)
    return tl::unexpected("at most " + std::to_string(most_processes) + " processes are possible");

  load_plan plan;
  std::uint64_t first = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto share = o.connections / count + (i < o.connections % count ? 1 : 0);
    plan.processes.push_back({first, share, {}});
    first += share;
  }
  if (o.processes != 0 && o.processes < needed)
    plan.warnings.push_back("descriptors: " + std::to_string(needed) + " processes instead of " +
                            std::to_string(o.processes) + ", as one carries at most " +
                            std::to_string(capacity) + " connections");
  if (loopback && o.sources.empty()) {
    give_loopback_sources(plan, o.urls.size());
  } else {
    give_sources(plan, o, limits);
  }
  return plan;
}

bool is_stalled(std::uint64_t index, double share) noexcept {
  // A thousandth of a connection makes up for 0.1 not being a tenth.
  const auto before = std::floor(static_cast<double>(index) * share + 0.001);
  return std::floor(static_cast<double>(index + 1) * share + 0.001) > before;
}

}  // namespace pushmesh::bench
