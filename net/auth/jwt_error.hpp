#pragma once

#include <cstdint>

namespace pushmesh::net {

/// Why a token is refused.
enum class jwt_errc : std::uint8_t {
  expired,  ///< all is well with it, but its time is over: the client may get a new one
  invalid,  ///< anything else
};

/// The same with a sentence for people. It never quotes the token.
struct jwt_error {
  jwt_errc code;
  const char* why;
};

}  // namespace pushmesh::net
