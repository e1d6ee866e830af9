#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/protocol/bridge/bridge_event.hpp"
#include "net/protocol/bridge/bridge_limits.hpp"

namespace pushmesh::net {

/// What @socket.io/redis-emitter or an official server asks all servers to do.
struct bridge_request {
  enum class kind : std::uint8_t { join, leave, disconnect, server_side_emit };
  kind what;
  // Of all but server_side_emit: whose sockets.
  std::vector<std::string> rooms;   ///< union of these; none: the whole namespace
  std::vector<std::string> except;  ///< less the members of these
  std::vector<std::string> names;   ///< of join and leave: which rooms
  bool close = false;               ///< of disconnect: the connection, too
  bridge_event event;               ///< of server_side_emit
};

/// Reads a message of a request channel: JSON, or MessagePack, an object. That the namespace is
/// the channel's is not said in it. Errors: malformed, too_*, bad_shape, other_request.
tl::expected<bridge_request, bridge_errc> decode_request(std::string_view bytes,
                                                         const bridge_limits& limits);

}  // namespace pushmesh::net
