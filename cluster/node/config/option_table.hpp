#pragma once

#include <string_view>
#include <vector>

#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

/// Every option of `pushmesh serve`, in the order they are documented. Flags, environment, file,
/// `--help`, `check-config` and docs/configuration.md all come from it.
const std::vector<option>& option_table();

/// A section of the file and what it is about. The first has no name: the top level.
struct section_info {
  std::string_view name;
  std::string_view title;
};

/// In the order they are documented.
const std::vector<section_info>& option_sections();

/// The option `--name`; nullptr when there is none.
const option* find_option(std::string_view name);

}  // namespace pushmesh::config
