#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/node/config/option.hpp"

namespace pushmesh::config {

/// One `key = value` of a file.
struct file_entry {
  std::string section;  ///< empty at the top level
  std::string key;
  raw_value value;
  unsigned line = 0;  ///< from 1
};

/// The entries of a TOML file, in the order of their lines. A table that is not a section stands as
/// an entry, too. The error is a sentence with the file's name, and line and column where the text
/// is not TOML.
tl::expected<std::vector<file_entry>, std::string> read_toml_file(const std::string& path);

}  // namespace pushmesh::config
