#pragma once

#include "cluster/node/bench/bench.hpp"

namespace CLI {
class App;
}

namespace pushmesh::bench {

/// Adds the options of `pushmesh bench` to a command. Parsing fills `options`, which must live as
/// long as the command.
void define_bench_options(CLI::App& command, bench_options& options);

}  // namespace pushmesh::bench
