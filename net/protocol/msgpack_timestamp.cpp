#include "net/protocol/msgpack_timestamp.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "net/protocol/big_endian.hpp"

namespace pushmesh::net {

double msgpack_timestamp(std::string_view data) noexcept {
  constexpr double per_second = 1e3, nanoseconds_per_ms = 1e6;
  switch (data.size()) {
    case 4:
      return big_endian<std::uint32_t>(data) * per_second;
    case 8: {
      const auto both = big_endian<std::uint64_t>(data);
      const auto seconds = static_cast<double>(both & 0x3'ffff'ffff);
      return seconds * per_second +
             std::floor(static_cast<double>(both >> 34) / nanoseconds_per_ms);
    }
    case 12: {
      const auto nanoseconds = big_endian<std::uint32_t>(data);
      const auto seconds = static_cast<std::int64_t>(big_endian<std::uint64_t>(data.substr(4)));
      return static_cast<double>(seconds) * per_second +
             std::floor(nanoseconds / nanoseconds_per_ms);
    }
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

}  // namespace pushmesh::net
