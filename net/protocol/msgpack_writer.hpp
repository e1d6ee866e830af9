#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pushmesh::net {

/// Writes MessagePack values behind each other, each in its shortest form. Texts, bytes, arrays and
/// maps have less than 2^32 elements: frames cannot be longer.
class msgpack_writer {
 public:
  void nil() { byte(0xc0); }
  void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
  void whole(std::int64_t value);
  void whole(std::uint64_t value);
  void real(double value);
  void text(std::string_view value);
  void bytes(std::string_view value);
  /// `count` values follow.
  void array(std::size_t count);
  /// `count` pairs of a key and a value follow.
  void map(std::size_t count);

  /// What was written.
  std::string take() && { return std::move(out_); }

 private:
  void byte(unsigned value) { out_ += static_cast<char>(value); }
  void number(unsigned kind, std::uint64_t value, int bytes);
  /// The size in 8 (unless `kind8` is 0), 16 or 32 bits, behind the kind for it.
  void size(unsigned kind8, unsigned kind16, std::size_t value);
  std::string out_;
};

}  // namespace pushmesh::net
