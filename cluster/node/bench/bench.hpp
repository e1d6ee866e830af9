#pragma once

#include "cluster/node/bench/bench_options.hpp"

namespace pushmesh::bench {

/// Connects the clients, measures, and writes the report to standard output and progress to
/// standard error. Forks: call it while the process has one thread. Returns 0; 1 when connections
/// failed or were dropped, or messages were missing; 64 when an option is wrong.
int run_bench(const bench_options& options);

}  // namespace pushmesh::bench
