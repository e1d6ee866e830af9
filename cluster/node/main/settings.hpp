#pragma once

#include <tl/expected.hpp>

#include "cluster/node/config/load_config.hpp"

namespace CLI {
class App;
}

namespace pushmesh::program {

/// The settings of a command whose flags come from the option table, with the environment of the
/// process and the file it names.
tl::expected<config::loaded_config, config::config_error> settings_of(const CLI::App& command);

}  // namespace pushmesh::program
