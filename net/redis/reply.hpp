#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace pushmesh::net::redis {

/// What Redis answered (RESP2).
struct reply {
  enum class type : std::uint8_t { nil, status, error, integer, string, array };
  type kind = type::nil;
  std::string text;          ///< of status, error, string
  std::int64_t number = 0;   ///< of integer
  std::vector<reply> items;  ///< of array

  bool is(type t) const noexcept { return kind == t; }
};

/// Why a command got no answer, or a bad one.
enum class redis_errc : std::uint8_t {
  not_connected = 1,  ///< there is no connection now; nothing was sent
  overloaded,         ///< max_pending or max_pending_bytes; nothing was sent
  connection_lost,    ///< it was sent; whether Redis did it is not known
  timed_out,          ///< the same, because no answer came in time
  refused,            ///< Redis answered with an error
};

struct redis_error {
  redis_errc code;
  std::string text;  ///< a sentence; for `refused` what Redis said
};

using redis_result = tl::expected<reply, redis_error>;

}  // namespace pushmesh::net::redis
