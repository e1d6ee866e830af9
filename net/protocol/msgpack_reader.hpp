#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/binary.hpp"
#include "net/protocol/errc.hpp"

namespace pushmesh::net {

/// A MessagePack map as JSON text.
struct msgpack_document {
  /// Where the value of a wanted key stands in `json`; the last one counts. `size` 0: not there.
  struct field {
    std::size_t offset = 0;
    std::size_t size = 0;
  };
  std::string json;
  std::vector<binary> attachments;  ///< in the order of the text, each named by one placeholder
  std::vector<std::size_t> places;  ///< where the placeholders stand
  std::array<field, 4> fields;      ///< of the outermost map, for the keys that were asked for

  std::string_view value(std::size_t key) const noexcept {
    return std::string_view(json).substr(fields[key].offset, fields[key].size);
  }
};

struct msgpack_bounds {
  std::size_t max_depth;
  std::size_t max_attachments;
};

/// What clients with socket.io-msgpack-parser send. The emitter bridge has a reader of its own
/// (net/protocol/bridge/msgpack_reader.hpp): this one writes JSON straight away, because every
/// packet of a client passes here; that one feeds the index which three formats of publishers
/// share.
///
/// Reads `bytes`, which must be exactly one value, as notepack.io writes it. Dates (its own and
/// timestamps) become ISO text, undefined and unknown extensions null, ArrayBuffers bytes, keys
/// that are no strings strings; NaN and infinities null. Does not recurse. Errors: bad_msgpack,
/// json_too_deep, too_many_attachments.
tl::expected<msgpack_document, errc> read_msgpack_document(
    std::string_view bytes, const std::array<std::string_view, 4>& keys, msgpack_bounds bounds);

}  // namespace pushmesh::net
