#pragma once

#include <cstdint>
#include <string_view>

namespace pushmesh::cluster::push {

/// Why the session store did not do what it was asked. Numbers are part of wire_v1.
enum class store_errc : std::uint8_t {
  unavailable = 1,    ///< no owner could be agreed on in time: ask again
  full = 2,           ///< a bound of store_limits is reached
  duplicate_session,  ///< the device policy is `refuse`, and the user is online
  conflict,           ///< the message id was used for another content
  bad_request,        ///< an empty or overlong name
};
std::string_view to_string(store_errc e) noexcept;

}  // namespace pushmesh::cluster::push
