#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "cluster/push/error_code.hpp"
#include "cluster/push/service_options.hpp"

namespace pushmesh::cluster::push {

/// Bytes of a device's or a platform's name.
inline constexpr std::size_t max_device_length = 128;

/// What a client says to log in.
struct login_form {
  std::string proof;     ///< with auth by tokens: the token; else the name of the user
  std::string device;    ///< empty: not told
  std::string platform;  ///< empty: not told
};

/// Reads the auth payload of a CONNECT, raw JSON: `{"token": .., "device": .., "platform": ..}`,
/// with auth "none" `user` in place of `token`. nullopt: the client does not log in by it.
tl::expected<std::optional<login_form>, error> read_connect_auth(std::string_view auth,
                                                                 auth_mode mode);

/// Reads the argument of the login event, raw JSON: an object as above, with auth "none" also the
/// name of the user alone.
tl::expected<login_form, error> read_login(std::string_view argument, auth_mode mode);

}  // namespace pushmesh::cluster::push
