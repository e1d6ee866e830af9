#pragma once

#include <string>

#include "cluster/node/main/cluster_command.hpp"

namespace pushmesh::program {

struct find_flags {
  cluster_flags cluster;
  std::string socket;
};

/// Adds the options of `pushmesh find` to a command; `flags` must live as long as that.
void define_find(CLI::App& command, find_flags& flags);

/// `pushmesh find SID`: where a socket is and what it is. Returns 0, 1 (its node does not answer),
/// 2 (no such socket), 64, 69 or 78.
int run_find(const find_flags& flags);

}  // namespace pushmesh::program
