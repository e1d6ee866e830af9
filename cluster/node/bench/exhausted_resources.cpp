#include <algorithm>

#include <fmt/format.h>

#include "cluster/node/bench/report.hpp"

namespace pushmesh::bench {
namespace {

// A process that uses more of a core than this adds its own waiting to every latency.
constexpr double saturated = 0.9;

std::uint64_t both(const bench_result& r, failure f) {
  const auto i = static_cast<std::size_t>(f);
  return r.failed[i] + r.dropped_by[i];
}

void add_kernel_resources(std::vector<std::string>& out, const bench_result& r) {
  if (const auto n = both(r, failure::descriptors))
    out.push_back(
        fmt::format("descriptors: {} sockets were refused (EMFILE); the limit is {} per "
                    "process (ulimit -n)",
                    n, r.descriptor_limit));
  if (const auto n = both(r, failure::source_ports))
    out.push_back(
        fmt::format("source ports: {} connects found none (EADDRNOTAVAIL); a source "
                    "address has {} per server (--source adds addresses)",
                    n, r.source_ports));
  if (const auto n = both(r, failure::memory))
    out.push_back(fmt::format("memory: the kernel had none for {} sockets (ENOBUFS, ENOMEM)", n));
  if (r.workers_died > 0)
    out.push_back(
        fmt::format("{} of {} client processes died ({}); signal 9 is mostly the kernel "
                    "out of memory",
                    r.workers_died, r.workers.size(), r.worker_death));
}

void add_server(std::vector<std::string>& out, const bench_result& r) {
  const auto refused = both(r, failure::refused) + both(r, failure::http_status) +
                       both(r, failure::namespace_refused);
  if (refused > 0) out.push_back(fmt::format("server: it refused {} connections", refused));
  const auto late = both(r, failure::timed_out);
  if (late > 0) out.push_back(fmt::format("server: {} connections waited in vain for it", late));
  const auto cut = both(r, failure::reset) + both(r, failure::closed);
  if (cut > 0) out.push_back(fmt::format("server: it cut {} connections", cut));
}

void add_cores(std::vector<std::string>& out, const bench_result& r) {
  double busy = 0, wanted = 0;
  for (const auto& w : r.workers) {
    busy = std::max(busy, w.busy);
    wanted = std::max(wanted, w.busy + w.waiting);
  }
  if (busy > saturated) {
    out.push_back(
        fmt::format("client CPU: a client process used {:.0f} % of a core; its latencies "
                    "include its own delay (--processes spreads the load)",
                    busy * 100));
  } else if (wanted > saturated) {
    out.push_back(
        fmt::format("cores: a client process wanted {:.0f} % of a core and got {:.0f} %; "
                    "server and clients share too few",
                    wanted * 100, busy * 100));
  }
}

}  // namespace

std::vector<std::string> exhausted_resources(const bench_result& result) {
  std::vector<std::string> out;
  add_kernel_resources(out, result);
  add_server(out, result);
  add_cores(out, result);
  return out;
}

}  // namespace pushmesh::bench
