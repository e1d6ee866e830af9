#include "net/protocol/bridge/msgpack_extension.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>

#include <msgpack/unpack.hpp>
#include <msgpack/null_visitor.hpp>

#include "net/protocol/big_endian.hpp"
#include "net/protocol/iso_time.hpp"
#include "net/protocol/msgpack_timestamp.hpp"

namespace pushmesh::net {
namespace {

constexpr double no_date = std::numeric_limits<double>::quiet_NaN();

struct number_visitor : msgpack::null_visitor {
  double value = no_date;
  bool visit_positive_integer(std::uint64_t v) { return set(static_cast<double>(v)); }
  bool visit_negative_integer(std::int64_t v) { return set(static_cast<double>(v)); }
  bool visit_float32(float v) { return set(static_cast<double>(v)); }
  bool visit_float64(double v) { return set(v); }
  bool start_array(std::uint32_t) { return false; }
  bool start_map(std::uint32_t) { return false; }
  bool set(double v) {
    value = v;
    return true;
  }
};

/// One MessagePack number.
double number(std::string_view data) {
  number_visitor visitor;
  std::size_t used = 0;
  return msgpack::parse(data.data(), data.size(), used, visitor) && used == data.size()
             ? visitor.value
             : no_date;
}

bool add_date(double milliseconds, document_builder& to) {
  const auto text = iso_time(milliseconds);
  return text.empty() ? to.null() : to.text(text);
}

/// Type 0 of notepack 2: undefined, a date, or an ArrayBuffer.
bool add_notepack_2(const msgpack_extension& x, document_builder& to) {
  if (!x.is_fixed) return to.bytes(x.data);
  if (x.data.size() != 8) return to.null();
  return add_date(static_cast<double>(static_cast<std::int64_t>(big_endian<std::uint64_t>(x.data))),
                  to);
}

}  // namespace

bool add_extension(const msgpack_extension& x, document_builder& to) {
  if (x.type == -1) return add_date(msgpack_timestamp(x.data), to);
  if (x.type == 0) return add_notepack_2(x, to);
  // msgpack-lite: Date, and its typed arrays from Int8Array to DataView, with Buffer among them.
  if (x.type == 0x0d) return add_date(number(x.data), to);
  if (x.type >= 0x11 && x.type <= 0x1d && x.type != 0x1c) return to.bytes(x.data);
  return to.null();
}

}  // namespace pushmesh::net
