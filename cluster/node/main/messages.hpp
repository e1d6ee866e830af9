#pragma once

#include <string_view>

#include "cluster/node/config/config_error.hpp"

namespace pushmesh::program {

/// Tells the person who started the program what is wrong. Returns the code as the process does.
int fail(config::exit_code code, std::string_view message);

/// Writes a line to standard output at once, also when that is a pipe.
void say(std::string_view line);

}  // namespace pushmesh::program
