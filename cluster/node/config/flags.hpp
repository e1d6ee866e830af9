#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cluster/node/config/load_config.hpp"

namespace CLI {
class App;
}

namespace pushmesh::config {

/// Adds a flag for every option of the table to a command.
void define_flags(CLI::App& command);

/// What was given of them, once the command line is parsed. The error is a sentence: an option
/// that takes one value was given twice.
tl::expected<std::vector<given_flag>, std::string> given_flags(const CLI::App& command);

/// What the command line holds beyond the command's options: `unknown option --lisen; did you mean
/// --listen?`. Empty when there is nothing. The command must allow extras.
std::string unknown_argument(const CLI::App& command);

}  // namespace pushmesh::config
