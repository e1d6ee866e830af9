#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pushmesh::cluster::push {

/// What went wrong, as clients and callers of the push service are told. The words are stable.
enum class error_code : std::uint8_t {
  not_found,
  conflict,
  unauthorized,
  token_expired,
  token_invalid,
  forbidden,
  bad_request,
  too_large,
  rate_limited,
  duplicate_session,
  unavailable,
};

/// `token_expired`
std::string_view to_string(error_code code) noexcept;

/// The same with a sentence for people.
struct error {
  error_code code;
  std::string message;
};

}  // namespace pushmesh::cluster::push
