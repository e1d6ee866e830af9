#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "net/protocol/bridge/bridge_errc.hpp"
#include "net/protocol/bridge/bridge_event.hpp"
#include "net/protocol/bridge/bridge_limits.hpp"

namespace pushmesh::net {

/// What an emitter (socket.io-emitter 1 to 3, @socket.io/redis-emitter, or the adapter of an
/// official server) asks to send to clients: docs/bridge.md.
struct bridge_broadcast {
  std::string uid;  ///< who published: "emitter", or six characters of an official server
  std::string nsp;  ///< as sent: versions 1 and 2 do not add a missing slash
  bridge_event event;
  std::vector<std::string> rooms;   ///< union of these; none: the whole namespace
  std::vector<std::string> except;  ///< less the members of these
  bool is_volatile = false;
};

/// Reads a message of a broadcast channel: [uid, packet, options] in MessagePack, of today or, when
/// that fails, of socket.io-emitter 1.x. Errors: all but the ones of channels and requests.
tl::expected<bridge_broadcast, bridge_errc> decode_broadcast(std::string_view bytes,
                                                             const bridge_limits& limits);

/// What to do with a broadcast, after its channel was looked at.
enum class bridge_copy {
  deliver,
  /// One of several copies: versions 1 and 2 publish once per room, each time with all of them. The
  /// copy of the first room counts.
  duplicate,
};

/// Checks that a broadcast belongs to the channel it came on, `<key>#<nsp>#[<room>#]`, and makes it
/// ready: a room that only the channel names is filled in (so a missing list never becomes a
/// broadcast to everybody), a missing slash is added to the namespace. Errors: wrong_channel.
tl::expected<bridge_copy, bridge_errc> match_channel(bridge_broadcast& b, std::string_view key,
                                                     std::string_view channel);

}  // namespace pushmesh::net
