#pragma once

#include <string>
#include <string_view>

namespace pushmesh::demo {

/// The demo page: HTML that needs nothing but the Socket.IO endpoint at `path`.
std::string page(std::string_view path);

}  // namespace pushmesh::demo
