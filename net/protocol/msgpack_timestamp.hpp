#pragma once

#include <string_view>

namespace pushmesh::net {

/// What the timestamp extension (type -1) of MessagePack's specification says, in milliseconds
/// since 1970, whole ones; NaN when `data` has none of its three sizes.
double msgpack_timestamp(std::string_view data) noexcept;

}  // namespace pushmesh::net
