#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <tl/expected.hpp>

namespace pushmesh::net {

/// Version 2 of the PROXY protocol (HAProxy, "The PROXY protocol", section 2.2): what a proxy sends
/// before the first byte of the client.
namespace proxy_v2 {

/// Signature, version and command, family, length of the rest.
inline constexpr std::size_t fixed_size = 16;
/// The rest: addresses and what we do not read (TLVs). A proxy has no reason to send more.
inline constexpr std::size_t max_rest = 1024;

enum class error : std::uint8_t {
  no_signature,   ///< something else: version 1, a client without a proxy
  bad_version,    ///< not version 2
  bad_command,    ///< neither LOCAL nor PROXY
  bad_family,     ///< not TCP over IPv4 or IPv6, not unspecified
  too_long,       ///< more than max_rest
  addresses_cut,  ///< shorter than its addresses
};

struct header {
  std::size_t rest = 0;  ///< bytes that follow the fixed part
  bool proxied = false;  ///< false: the proxy speaks for itself (health checks) or does not say
  bool v6 = false;
};

/// Whose connection it is.
struct source {
  std::array<std::uint8_t, 16> address{};  ///< IPv4: the first 4 bytes
  bool v6 = false;
  std::uint16_t port = 0;
};

/// Reads the fixed part.
tl::expected<header, error> parse_fixed(std::span<const std::uint8_t, fixed_size> bytes);
/// Reads `h.rest` bytes; nothing when the proxy does not say for whom it speaks.
std::optional<source> parse_rest(const header& h, std::span<const std::uint8_t> bytes);

}  // namespace proxy_v2
}  // namespace pushmesh::net
