#pragma once

#include <cstdint>
#include <string_view>

#include "net/protocol/bridge/document_builder.hpp"

namespace pushmesh::net {

/// An extension value of MessagePack.
struct msgpack_extension {
  std::int8_t type;
  bool is_fixed;  ///< one of fixext 1 to 16: notepack 2 tells its uses of type 0 apart so
  std::string_view data;
};

/// Adds what an extension of an emitter stands for: a date as its ISO text, typed arrays and
/// buffers as bytes, undefined and everything unknown as null.
bool add_extension(const msgpack_extension& x, document_builder& to);

}  // namespace pushmesh::net
