// A token from the network: taken apart, and its claims read whether it was signed or not.
#include <string_view>

#include "net/auth/jwt_token.hpp"

using namespace pushmesh::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto token = parse_jwt(text)) {
    if (token->signed_part.size() >= text.size()) __builtin_trap();
    if (!token->signed_part.ends_with(token->claims)) __builtin_trap();
    if (const auto claims = parse_jwt_claims(token->claims)) {
      if (claims->tags.size() > max_tags) __builtin_trap();
      if (claims->subject && claims->subject->empty()) __builtin_trap();
    }
  }
  (void)parse_jwt_claims(text);
  return 0;
}
