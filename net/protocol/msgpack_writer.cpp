#include "net/protocol/msgpack_writer.hpp"

#include <bit>

namespace pushmesh::net {

void msgpack_writer::number(unsigned kind, std::uint64_t value, int bytes) {
  byte(kind);
  while (bytes-- > 0) byte(static_cast<unsigned>(value >> (8 * bytes) & 0xff));
}

void msgpack_writer::whole(std::uint64_t value) {
  if (value < 0x80)
    byte(static_cast<unsigned>(value));
  else if (value <= 0xff)
    number(0xcc, value, 1);
  else if (value <= 0xffff)
    number(0xcd, value, 2);
  else if (value <= 0xffff'ffff)
    number(0xce, value, 4);
  else
    number(0xcf, value, 8);
}

void msgpack_writer::whole(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  if (value >= 0)
    whole(bits);
  else if (value >= -32)
    byte(static_cast<unsigned>(bits & 0xff));
  else if (value >= INT8_MIN)
    number(0xd0, bits, 1);
  else if (value >= INT16_MIN)
    number(0xd1, bits, 2);
  else if (value >= INT32_MIN)
    number(0xd2, bits, 4);
  else
    number(0xd3, bits, 8);
}

void msgpack_writer::real(double value) {
  number(0xcb, std::bit_cast<std::uint64_t>(value), 8);
}

void msgpack_writer::size(unsigned kind8, unsigned kind16, std::size_t value) {
  if (kind8 != 0 && value <= 0xff)
    number(kind8, value, 1);
  else if (value <= 0xffff)
    number(kind16, value, 2);
  else
    number(kind16 + 1, value, 4);
}

void msgpack_writer::text(std::string_view value) {
  value.size() < 32 ? byte(0xa0 | static_cast<unsigned>(value.size()))
                    : size(0xd9, 0xda, value.size());
  out_ += value;
}

void msgpack_writer::bytes(std::string_view value) {
  size(0xc4, 0xc5, value.size());
  out_ += value;
}

void msgpack_writer::array(std::size_t count) {
  count < 16 ? byte(0x90 | static_cast<unsigned>(count)) : size(0, 0xdc, count);
}

void msgpack_writer::map(std::size_t count) {
  count < 16 ? byte(0x80 | static_cast<unsigned>(count)) : size(0, 0xde, count);
}

}  // namespace pushmesh::net
