#pragma once

#include <any>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/ids.hpp"
#include "actors/api/payload.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::actors {

/// What a client that comes back sends along with CONNECT.
struct session_claim {
  socket_id pid;
  std::optional<std::string> offset;  ///< of the last packet it got; nullopt: it says it got none
};
/// nullopt: it claims nothing.
std::optional<session_claim> read_claim(std::string_view connect_payload);

/// A socket whose client is away, as one shard tells it to another, on this node or on another.
struct session_parcel {
  socket_id pid, sid;
  std::vector<std::string> rooms;
  bool left_own_room = false;
  std::any data;
  std::string user;
  std::uint64_t last_offset = 0;
  std::chrono::milliseconds left{0};  ///< how long it may still be away
};

/// A packet it missed, or one that it was sent before a straggler came in.
struct missed_packet {
  net::frame_ref frame;                 ///< with its offset
  std::optional<std::uint64_t> ack_id;  ///< expects an acknowledgement, and has no offset
};

/// What it missed, and the acknowledgements it owes.
struct session_rest {
  std::vector<missed_packet> packets;
  std::vector<std::uint64_t> had;  ///< of the offsets asked for: what it got, and does not miss
  std::vector<std::uint64_t> owed_acks;
};

/// Where a session was when its client came back elsewhere. The callbacks run on the shard that
/// asks, always, with nullopt when there is nothing (any more). Copies of the pointer may be kept
/// as long as the node.
class session_home {
 public:
  using straggler = std::function<void(missed_packet)>;
  virtual ~session_home() = default;
  /// Reserves the session for the one who asks.
  virtual void lend(const session_claim& c, std::string_view nsp,
                    std::function<void(std::optional<session_parcel>)> done) = 0;
  /// Runs `done` on the shard that asks, when everything has arrived there that was sent before it
  /// was known as a place of the session's rooms.
  virtual void when_arrived(std::function<void()> done) = 0;
  /// Takes it over: it is forgotten there. What comes in late there is passed on. `came`: offsets
  /// of what reached the one who asks since it borrowed the session; it may have got that there,
  /// too.
  virtual void release(const socket_id& pid, std::vector<std::uint64_t> came,
                       std::function<void(std::optional<session_rest>)> done) = 0;
  /// The answer to an emit of there; nullopt: there will be none.
  virtual void answer_ack(std::uint64_t ack_id, const socket_id& sid, std::string_view user,
                          std::optional<payload> args) = 0;
};

}  // namespace pushmesh::actors
