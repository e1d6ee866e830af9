// PROXY protocol version 2: whatever is announced, only what is there is read.
#include <algorithm>

#include "net/protocol/proxy_header.hpp"

using namespace pushmesh::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < proxy_v2::fixed_size) return 0;
  const auto header = proxy_v2::parse_fixed(
      std::span<const std::uint8_t, proxy_v2::fixed_size>(data, proxy_v2::fixed_size));
  if (!header) return 0;
  if (header->rest > proxy_v2::max_rest) __builtin_trap();
  const std::span rest(data + proxy_v2::fixed_size, size - proxy_v2::fixed_size);
  const auto source =
      proxy_v2::parse_rest(*header, rest.first(std::min(header->rest, rest.size())));
  if (source && !header->proxied) __builtin_trap();
  if (!source && header->proxied && rest.size() >= header->rest) __builtin_trap();
  return 0;
}
