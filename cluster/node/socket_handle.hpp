#pragma once

#include <caf/actor.hpp>
#include <string>
#include <vector>

#include "actors/messages/socket_messages.hpp"

namespace pushmesh {

/// What server::find_handle() answers: a CAF actor that stands for a socket, wherever it is
/// connected.
///
/// It takes the messages of actors/messages/socket_messages.hpp and nothing else: socket_emit has
/// no answer; socket_emit_with_ack answers socket_ack; socket_join, socket_leave and
/// socket_disconnect answer socket_done once that was done; socket_info_request answers
/// socket_description. Requests to a socket that is gone get sec::request_receiver_down. Each names
/// a namespace: that of the id, where the socket is on another node.
///
/// For a socket of this node it is the socket's own actor. For one of another node it is a stand-in
/// here, which passes on what it gets, in order, over the link between the nodes. Monitors get a
/// down_msg when the socket is gone; when its node is lost its reason is
/// exit_reason::remote_link_unreachable. A stand-in lives as long as the socket and somebody who
/// has its handle, and there are at most 65,536: to reach many, address them by their ids.
struct found_handle {
  caf::actor actor;                        ///< null: no such socket, or one of the following
  std::vector<std::string> nodes_missing;  ///< the node it should be on did not answer
  bool too_many = false;                   ///< it was found, but gets no stand-in
};

}  // namespace pushmesh
