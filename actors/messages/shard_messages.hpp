#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "actors/address.hpp"
#include "net/protocol/websocket_frame.hpp"

// What a shard actor accepts. Only sent inside a node: they hold shared memory.
namespace pushmesh::actors {

/// Delivers an encoded packet to whom it addresses on this shard.
struct shard_emit {
  std::shared_ptr<const address> to;
  net::frame_ref frame;
};
/// Answers the handle of the socket's actor, or sec::request_receiver_down.
struct find_socket {
  std::string id;
};
/// Ends the shard actor: exit messages do not, nobody but the node may.
struct shard_stop {};

}  // namespace pushmesh::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::actors::shard_emit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::actors::find_socket)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pushmesh::actors::shard_stop)
