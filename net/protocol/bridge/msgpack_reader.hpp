#pragma once

#include <string_view>

#include "net/protocol/bridge/document_builder.hpp"

namespace pushmesh::net {

/// Reads `bytes`, which must be exactly one value, into `to`, which says how it went. MessagePack
/// as its specification has it, what notepack.io and msgpack-lite write: their extensions for
/// undefined, dates and typed arrays are understood, others are null. Does not recurse.
void read_msgpack(std::string_view bytes, document_builder& to);

/// The same by the rules of msgpack-js 0.3, which socket.io-emitter 1.x writes: raw of before 2013,
/// no str8, no bin, no extensions, but d8 and d9 for buffers and c4 for undefined.
void read_old_msgpack(std::string_view bytes, document_builder& to);

}  // namespace pushmesh::net
