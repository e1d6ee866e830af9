#include "net/protocol/proxy_header.hpp"

#include <algorithm>

namespace pushmesh::net::proxy_v2 {
namespace {

constexpr std::array<std::uint8_t, 12> signature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                                 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::size_t v4_addresses = 12;  // two addresses, two ports
constexpr std::size_t v6_addresses = 36;

std::uint16_t big_endian(std::span<const std::uint8_t> two) noexcept {
  return static_cast<std::uint16_t>(two[0] << 8 | two[1]);
}

}  // namespace

tl::expected<header, error> parse_fixed(std::span<const std::uint8_t, fixed_size> bytes) {
  if (!std::equal(signature.begin(), signature.end(), bytes.begin()))
    return tl::make_unexpected(error::no_signature);
  const auto version = bytes[12] >> 4;
  const auto command = bytes[12] & 15;
  const auto family = bytes[13];
  header h;
  h.rest = big_endian(bytes.subspan(14, 2));
  if (version != 2) return tl::make_unexpected(error::bad_version);
  if (command > 1) return tl::make_unexpected(error::bad_command);
  if (h.rest > max_rest) return tl::make_unexpected(error::too_long);
  if (command == 0 || family == 0) return h;  // whatever follows is to be skipped
  if (family != 0x11 && family != 0x21) return tl::make_unexpected(error::bad_family);
  h.proxied = true;
  h.v6 = family == 0x21;
  if (h.rest < (h.v6 ? v6_addresses : v4_addresses))
    return tl::make_unexpected(error::addresses_cut);
  return h;
}

std::optional<source> parse_rest(const header& h, std::span<const std::uint8_t> bytes) {
  if (!h.proxied || bytes.size() < (h.v6 ? v6_addresses : v4_addresses)) return std::nullopt;
  source s;
  s.v6 = h.v6;
  const std::size_t size = h.v6 ? 16 : 4;
  std::copy_n(bytes.begin(), size, s.address.begin());
  s.port = big_endian(bytes.subspan(2 * size, 2));
  return s;
}

}  // namespace pushmesh::net::proxy_v2
