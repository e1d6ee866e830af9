#pragma once

#include <functional>
#include <string_view>

#include "cluster/node/config/node_config.hpp"

namespace pushmesh::log {

/// Writes lines to standard error: level (0 debug .. 3 error) and text. What actor_options::log
/// takes; copies share one writer; any thread.
using writer = std::function<void(int level, std::string_view text)>;

/// A writer that drops lines below `level`.
writer make_writer(config::log_level level, config::log_format format);

}  // namespace pushmesh::log
