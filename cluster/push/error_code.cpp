#include "cluster/push/error_code.hpp"

#include <array>
#include <cstddef>

namespace pushmesh::cluster::push {

std::string_view to_string(error_code code) noexcept {
  constexpr std::array<std::string_view, 11> words{
      "not_found",   "conflict",  "unauthorized", "token_expired",     "token_invalid", "forbidden",
      "bad_request", "too_large", "rate_limited", "duplicate_session", "unavailable"};
  static_assert(words.size() == static_cast<std::size_t>(error_code::unavailable) + 1);
  return words[static_cast<std::size_t>(code)];
}

}  // namespace pushmesh::cluster::push
