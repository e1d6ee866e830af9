#pragma once

#include <stdexcept>

namespace pushmesh {

/// A JSON value is not what was asked for. what() says where and why, in one line that is safe to
/// log (values are cut to 40 bytes): `items[2].price: expected number, got null`.
struct json_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace pushmesh
