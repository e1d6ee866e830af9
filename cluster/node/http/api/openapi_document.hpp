#pragma once

#include <string_view>

namespace pushmesh::http {

/// openapi.yaml beside this file, as it was when the program was built.
std::string_view openapi_document() noexcept;

}  // namespace pushmesh::http
