#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/bridge/bridge_document.hpp"
#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/protocol/bridge/bridge_limits.hpp"

namespace pushmesh::net {

/// Makes a bridge_document of the values a reader finds, in the order of the message: a map is
/// begun, then keys and values in turn, then ended. Each call returns false once the document can
/// be none: the reader stops then.
class document_builder {
 public:
  explicit document_builder(const bridge_limits& limits) : limits_(limits) {}

  bool null();
  bool boolean(bool value);
  bool whole(std::int64_t value);
  bool whole(std::uint64_t value);
  /// NaN and the infinities become null, as in JSON.stringify.
  bool real(double value);
  /// A number that is JSON already.
  bool number(std::string_view json);
  /// What is not UTF-8 in it becomes U+FFFD.
  bool text(std::string_view value);
  bool bytes(std::string_view value);
  bool begin_array() { return begin(json_kind::array); }
  bool begin_map() { return begin(json_kind::object); }
  bool end();

  /// Readers say so when the bytes are not what they read.
  bool fail(bridge_errc e);
  /// The document, once one whole value was built.
  tl::expected<bridge_document, bridge_errc> finish() &&;

 private:
  static constexpr std::uint32_t no_node = 0xffff'ffff;
  struct open {
    bool is_map;
    bool wants_key;
    bool empty;
    std::uint32_t node;
  };
  template <class Write>
  bool scalar(json_kind kind, Write write);
  bool begin(json_kind kind);
  bool start_value(json_kind kind, std::uint32_t& node);
  bool finish_value(std::uint32_t node);

  const bridge_limits& limits_;
  bridge_document document_;
  std::vector<open> open_;
  std::optional<bridge_errc> error_;
  bool whole_ = false;
};

}  // namespace pushmesh::net
