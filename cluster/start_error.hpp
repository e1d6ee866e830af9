#pragma once

#include <stdexcept>

namespace pushmesh {

/// A server or client could not start: the message names the option and says what to do.
struct start_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace pushmesh
