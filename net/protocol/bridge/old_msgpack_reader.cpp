#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "net/protocol/big_endian.hpp"
#include "net/protocol/bridge/msgpack_reader.hpp"

namespace pushmesh::net {
namespace {

class old_reader {
 public:
  old_reader(std::string_view bytes, document_builder& to) : left_(bytes), to_(to) {}

  void run() {
    do {
      if (!value()) return void(to_.fail(bridge_errc::malformed));  // an earlier reason stays
    } while (!open_.empty());
    if (!left_.empty()) to_.fail(bridge_errc::malformed);
  }

 private:
  /// The next T; nothing when bytes are missing.
  template <class T>
  std::optional<T> take() {
    if (left_.size() < sizeof(T)) return std::nullopt;
    const auto number = big_endian<T>(left_);
    left_.remove_prefix(sizeof(T));
    return number;
  }

  std::optional<std::string_view> take_bytes(std::uint64_t size) {
    if (left_.size() < size) return std::nullopt;
    const auto bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }

  bool value() {
    const auto type = take<std::uint8_t>();
    if (!type) return false;
    const unsigned t = *type;
    if (t < 0x80) return closed(to_.whole(std::uint64_t{t}));
    if (t < 0x90) return begin_map(t & 0x0f);
    if (t < 0xa0) return begin_array(t & 0x0f);
    if (t < 0xc0) return text(t & 0x1f);
    if (t >= 0xe0) return closed(to_.whole(std::int64_t{static_cast<std::int8_t>(t)}));
    return other(t);
  }

  bool other(unsigned type) {
    switch (type) {
      case 0xc0:  // nil
      case 0xc4:  // undefined
        return closed(to_.null());
      case 0xc2:
      case 0xc3:
        return closed(to_.boolean(type == 0xc3));
      case 0xca:
        return real<std::uint32_t, float>();
      case 0xcb:
        return real<std::uint64_t, double>();
      case 0xcc:
        return whole<std::uint8_t, std::uint64_t>();
      case 0xcd:
        return whole<std::uint16_t, std::uint64_t>();
      case 0xce:
        return whole<std::uint32_t, std::uint64_t>();
      case 0xcf:
        return whole<std::uint64_t, std::uint64_t>();
      case 0xd0:
        return whole<std::uint8_t, std::int64_t>();
      case 0xd1:
        return whole<std::uint16_t, std::int64_t>();
      case 0xd2:
        return whole<std::uint32_t, std::int64_t>();
      case 0xd3:
        return whole<std::uint64_t, std::int64_t>();
      case 0xd8:
        return bytes(take<std::uint16_t>());
      case 0xd9:
        return bytes(take<std::uint32_t>());
      case 0xda:
        return text(take<std::uint16_t>());
      case 0xdb:
        return text(take<std::uint32_t>());
      case 0xdc:
        return begin_array(take<std::uint16_t>());
      case 0xdd:
        return begin_array(take<std::uint32_t>());
      case 0xde:
        return begin_map(take<std::uint16_t>());
      case 0xdf:
        return begin_map(take<std::uint32_t>());
      default:
        return false;
    }
  }

  /// Stored has the width, Value the sign.
  template <class Stored, class Value>
  bool whole() {
    const auto stored = take<Stored>();
    if (!stored) return false;
    if constexpr (std::is_signed_v<Value>)
      return closed(to_.whole(Value{static_cast<std::make_signed_t<Stored>>(*stored)}));
    else
      return closed(to_.whole(Value{*stored}));
  }

  template <class Stored, class Value>
  bool real() {
    const auto stored = take<Stored>();
    return stored && closed(to_.real(static_cast<double>(std::bit_cast<Value>(*stored))));
  }

  bool text(std::optional<std::uint32_t> size) {
    const auto found = size ? take_bytes(*size) : std::nullopt;
    return found && closed(to_.text(*found));
  }

  bool bytes(std::optional<std::uint32_t> size) {
    const auto found = size ? take_bytes(*size) : std::nullopt;
    return found && closed(to_.bytes(*found));
  }

  bool begin_array(std::optional<std::uint32_t> count) {
    return count && to_.begin_array() && opened(*count);
  }

  bool begin_map(std::optional<std::uint32_t> count) {
    return count && to_.begin_map() && opened(std::uint64_t{*count} * 2);
  }

  bool opened(std::uint64_t values) {
    open_.push_back(values);
    if (values > 0) return true;
    open_.pop_back();
    return to_.end() && closed(true);
  }

  /// A value is complete; and so may be those it is the last one of.
  bool closed(bool ok) {
    while (ok && !open_.empty() && --open_.back() == 0) {
      open_.pop_back();
      ok = to_.end();
    }
    return ok;
  }

  std::string_view left_;
  document_builder& to_;
  std::vector<std::uint64_t> open_;  // values still due in each open array or map
};

}  // namespace

void read_old_msgpack(std::string_view bytes, document_builder& to) {
  old_reader(bytes, to).run();
}

}  // namespace pushmesh::net
