#pragma once

#include <string>

namespace pushmesh::config {

/// What the program returns to its caller; from 64 on the numbers are those of sysexits.h.
enum class exit_code : int {
  done = 0,
  failed = 1,
  nobody = 2,  ///< nobody matched, or the id is unknown
  usage = 64,
  unreachable = 69,  ///< no node of the cluster could be reached
  configuration = 78,
};

/// Why the settings cannot be used: one sentence that names the option, where it was given and
/// what is allowed.
struct config_error {
  exit_code code = exit_code::configuration;
  std::string message;
};

}  // namespace pushmesh::config
