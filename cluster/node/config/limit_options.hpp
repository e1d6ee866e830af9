#pragma once

#include <vector>

#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

/// The part of the option table that bounds what clients may cost.
std::vector<option> limit_options();

}  // namespace pushmesh::config
