#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pushmesh::cluster::push {

/// How clients prove who they are.
enum class auth_mode : std::uint8_t {
  none,  ///< they do not: a client is whoever it says
  jwt,   ///< by a token that one of our keys signed
};

/// What becomes of a socket whose session was ended: replaced, kicked, or its token expired.
enum class ended_policy : std::uint8_t {
  log_out,     ///< it stays connected, without a user
  disconnect,  ///< it is disconnected
};

/// Names of the events of the service, as clients see them.
struct event_names {
  std::string login = "login";
  std::string refresh = "refresh";
  std::string logout = "logout";
  std::string session = "session";
  std::string repeat = "repeat";
};

/// Keys that may be in use side by side: a token is tried with each of its algorithm.
inline constexpr std::size_t max_jwt_keys = 16;

/// Logins and refreshes of one socket per second, and as many at once after a quiet second; more
/// are answered `rate_limited`.
inline constexpr std::uint32_t max_login_rate = 50;

/// All defaults of the push service.
struct service_options {
  auth_mode auth = auth_mode::none;
  /// Namespace of the service.
  std::string nsp = "/";
  /// Files with a key each; see net/auth/jwt_key.hpp.
  std::vector<std::string> jwt_key_files{};
  /// What tokens must say; see net::jwt_terms.
  std::string jwt_audience{};
  std::string jwt_issuer{};
  std::chrono::milliseconds jwt_leeway{0};
  /// With auth by tokens: a socket that has not logged in after this is closed.
  std::chrono::milliseconds auth_timeout{30'000};
  ended_policy on_replaced = ended_policy::log_out;
  event_names events{};
};

}  // namespace pushmesh::cluster::push
