#pragma once

#include <cstddef>
#include <string_view>

#include "net/protocol/bridge/document_builder.hpp"

namespace pushmesh::net {

/// Reads `text`, which must be exactly one JSON value of at most `max_depth` levels, into `to`,
/// which says how it went. Does not recurse.
void read_json(std::string_view text, std::size_t max_depth, document_builder& to);

}  // namespace pushmesh::net
