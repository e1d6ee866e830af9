#pragma once

#include <string>
#include <vector>

#include "cluster/node/component_health.hpp"

namespace pushmesh::http {

/// The body of /readyz?verbose: JSON, one line per part of the node.
/// `{"ready":true,"parts":[{"name":..,"state":"ok","detail":..},..]}`, with `advice` and `seconds`
/// where they are known.
std::string health_report(bool ready, const std::vector<component_health>& parts);

}  // namespace pushmesh::http
