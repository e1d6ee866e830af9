#pragma once

#include <string>

#include <tl/expected.hpp>

#include "cluster/node/config/node_config.hpp"
#include "cluster/node/config/option.hpp"
#include "cluster/node/config/toml_file.hpp"

namespace pushmesh::config {

/// Stores `value` in `settings`. Empty when done, else: `WHERE: expected FORM, got VALUE`.
std::string store_value(node_config& settings, const option& o, const raw_value& value,
                        const std::string& where);

/// The option an entry of a file sets; nullptr when the entry is a section, whose keys are entries
/// themselves. The error says what was probably meant. `place`: file and line.
tl::expected<const option*, std::string> option_of_entry(const file_entry& entry,
                                                         const std::string& place);

}  // namespace pushmesh::config
