#pragma once

namespace pushmesh::program {

/// The pushmesh program: finds the command on the command line and runs it. Returns what the
/// process is to return; mistakes are told on standard error.
int run_command_line(int argc, const char* const* argv);

}  // namespace pushmesh::program
