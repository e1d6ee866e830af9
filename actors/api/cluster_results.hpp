#pragma once

#include <string>
#include <utility>
#include <vector>

#include "actors/api/ids.hpp"
#include "actors/api/payload.hpp"

namespace pushmesh {

/// What became of an emit or another order. It was applied on this node, and given to every other
/// node that may have a receiver, except those listed: too much waits for them.
struct emit_result {
  std::vector<std::string> dropped;  ///< names of nodes
  bool complete() const noexcept { return dropped.empty(); }
};

/// What fetch_sockets() tells of one socket.
struct socket_info {
  socket_id id;
  std::string node;  ///< name of the node it is connected to
  std::string nsp;
  std::string user;
  std::string address;             ///< client's IP address
  std::vector<std::string> rooms;  ///< its own id included
};

/// The sockets of all nodes that answered, in no order.
struct fetch_result {
  std::vector<socket_info> sockets;
  std::vector<std::string> nodes_missing;  ///< nodes whose sockets are unknown
  bool complete() const noexcept { return nodes_missing.empty(); }
};

/// A socket that was looked up by its id, with the request that opened its connection.
struct socket_details {
  socket_info info;
  bool secure = false;                                       ///< the client came by TLS
  std::string target;                                        ///< path and query of the request
  std::uint64_t issued_ms = 0;                               ///< Unix time of the request
  std::vector<std::pair<std::string, std::string>> headers;  ///< those that are kept, lower case
};

struct lookup_result {
  std::vector<socket_details> found;       ///< one, or none: no such socket
  std::vector<std::string> nodes_missing;  ///< the node it should be on did not answer
};

/// One node's answer to an event for nodes.
struct server_reply {
  std::string node;
  payload args;
};

struct server_reply_result {
  std::vector<server_reply> replies;
  std::vector<std::string> nodes_missing;  ///< nodes that did not answer in time, or left
  bool complete() const noexcept { return nodes_missing.empty(); }
};

}  // namespace pushmesh
