#pragma once

#include <string>
#include <string_view>

namespace pushmesh::actors {

/// What an operator can do about an error of Redis or of the way there; empty when nothing is
/// known.
std::string advice_for(std::string_view error, std::string_view key);

}  // namespace pushmesh::actors
