#pragma once

#include <string>
#include <vector>

#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

/// The part of the option table about the push service: who may log in, and how.
std::vector<option> push_options();
/// Names of its events.
std::vector<option> push_event_options();

/// What is wrong with the settings of the push service taken together, the content of its key files
/// included. Empty: nothing.
std::string push_problem(const node_config& settings);

}  // namespace pushmesh::config
