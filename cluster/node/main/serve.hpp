#pragma once

namespace CLI {
class App;
}

namespace pushmesh::program {

/// `pushmesh serve`: a node, until SIGTERM or SIGINT. Returns 0, 1 (it could not start), 64 or 78.
int run_serve(const CLI::App& command);

}  // namespace pushmesh::program
