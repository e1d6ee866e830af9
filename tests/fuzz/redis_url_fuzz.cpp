// URLs of Redis: what is accepted names a place, what is refused says why without the password.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/redis/redis_url.hpp"

using namespace pushmesh::net::redis;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto url = parse_redis_url(text);
  if (!url) {
    expect(!url.error().empty());
    return 0;
  }
  expect(url->host.empty() != url->socket.empty());
  expect(url->port != 0 && url->socket.size() < 108);
  expect(url->user.empty() || !url->password.empty());
  expect(!url->label().empty());
  return 0;
}
