#pragma once

#include <string>
#include <vector>

#include "cluster/node/main/cluster_command.hpp"

namespace pushmesh::program {

struct emit_flags {
  cluster_flags cluster;
  std::string nsp = "/";
  std::vector<std::string> rooms;
  std::vector<std::string> except;
  std::string event;
  std::vector<std::string> data;
  bool ack = false;
};

/// Adds the options of `pushmesh emit` to a command; `flags` must live as long as that.
void define_emit(CLI::App& command, emit_flags& flags);

/// `pushmesh emit`: an event to the clients of all nodes, one or more values as its arguments. With
/// `ack` they are asked to acknowledge. Returns 0, 1 (not everybody got it or answered), 2 (with
/// `ack`: nobody was there), 64, 69 or 78.
int run_emit(const emit_flags& flags);

}  // namespace pushmesh::program
