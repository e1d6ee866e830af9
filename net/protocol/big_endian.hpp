#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace pushmesh::net {

/// The unsigned number in the first sizeof(T) bytes, which must be there.
template <std::unsigned_integral T>
T big_endian(std::string_view bytes) noexcept {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>((sizeof(T) > 1 ? value << 8 : 0) | static_cast<unsigned char>(bytes[i]));
  return value;
}

}  // namespace pushmesh::net
