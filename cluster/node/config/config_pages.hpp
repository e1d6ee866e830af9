#pragma once

#include <string>

#include "cluster/node/config/load_config.hpp"

namespace pushmesh::config {

/// The settings in effect as a TOML file, each with where it comes from.
std::string effective_settings(const loaded_config& loaded);

/// docs/configuration.md: every option of the table.
std::string configuration_page();

}  // namespace pushmesh::config
