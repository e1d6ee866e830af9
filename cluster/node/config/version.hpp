#pragma once

#include <string_view>

namespace pushmesh::config {

/// Version of this build, "0.1.0".
std::string_view version() noexcept;

}  // namespace pushmesh::config
