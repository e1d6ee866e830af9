#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/node/config/config_error.hpp"
#include "cluster/node/config/node_config.hpp"
#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

/// A flag of the command line: the option and what was given.
struct given_flag {
  const option* of = nullptr;
  raw_value value;
};

/// Names and values of environment variables.
using environment = std::vector<std::pair<std::string, std::string>>;

/// Those of the process whose names begin with PUSHMESH_.
environment read_environment();

struct loaded_config {
  node_config settings;
  /// By position in option_table(): "default", "flag", the variable, or the file and its line.
  std::vector<std::string> origins;
  /// Sentences about what was ignored.
  std::vector<std::string> warnings;
};

/// The settings: of flags, environment, the file named by either, and the defaults, the first that
/// has a value counts. The error is the first mistake found: 64 for flags, 78 for the rest.
tl::expected<loaded_config, config_error> load_config(const std::vector<given_flag>& flags,
                                                      const environment& variables);

/// Refuses settings that are fine each but not together. Empty when all is well.
std::string check_together(const node_config& settings);

}  // namespace pushmesh::config
