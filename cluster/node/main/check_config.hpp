#pragma once

namespace CLI {
class App;
}

namespace pushmesh::program {

/// `pushmesh check-config`: prints the effective settings, or with `markdown` the page about all
/// options. Returns 0, 64 or 78.
int run_check_config(const CLI::App& command, bool markdown);

}  // namespace pushmesh::program
