#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/push/error_code.hpp"

namespace pushmesh::cluster::push {

using time_point = std::chrono::sys_time<std::chrono::milliseconds>;

inline time_point now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// A user on a socket: what a login gives.
struct session_info {
  std::string user;
  std::string device;    ///< empty: not told
  std::string platform;  ///< empty: not told
  std::vector<std::string> tags;
  std::size_t offline = 0;            ///< stored messages that wait for the user
  std::optional<time_point> expires;  ///< nullopt: never
  time_point since;                   ///< of the login
};

/// Rooms the socket of a session is in: `user:<id>`, and `tag:<name>` for each tag.
std::vector<std::string> rooms_of(const session_info& session);

/// `{user, device, platform, tags, offline, expires}`: a session as its client is shown it.
std::string to_client_json(const session_info& session);
/// `{"ok":true,"session":{..}}`
std::string granted_json(const session_info& session);
/// `{"ok":false,"error":{"code":..,"message":..}}`
std::string refused_json(const error& why);

/// Everything, as text that travels with a socket that comes back (connection state recovery).
std::string to_snapshot(const session_info& session);
/// nullopt when the text is none of to_snapshot().
std::optional<session_info> from_snapshot(std::string_view text);

}  // namespace pushmesh::cluster::push
