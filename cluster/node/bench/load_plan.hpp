#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/node/bench/bench_options.hpp"

namespace pushmesh::bench {

/// What the machine allows.
struct machine_limits {
  std::uint64_t descriptors = 0;   ///< of one process: RLIMIT_NOFILE
  std::uint64_t source_ports = 0;  ///< net.ipv4.ip_local_port_range
};

/// The part of the load one process carries.
struct process_share {
  std::uint64_t first = 0;  ///< index of its first connection among all
  std::uint64_t connections = 0;
  /// IPv4 addresses to bind to; empty: the kernel picks.
  std::vector<std::string> sources;
};

struct load_plan {
  std::vector<process_share> processes;
  /// Sentences about what will probably run out.
  std::vector<std::string> warnings;
};

/// Deals the connections to processes, of which each stays below its descriptors, and gives each
/// its own source addresses when `loopback` (all servers are on 127.0.0.0/8). The error is a
/// sentence that names the resource that does not suffice.
tl::expected<load_plan, std::string> plan_load(const bench_options& options,
                                               const machine_limits& limits, bool loopback);

/// Whether connection `index` is one of those that never read: `share` of any run of indices is.
bool is_stalled(std::uint64_t index, double share) noexcept;

}  // namespace pushmesh::bench
