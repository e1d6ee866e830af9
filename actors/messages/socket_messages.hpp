#pragma once

#include <caf/error.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>
#include <caf/none.hpp>
#include <caf/type_id.hpp>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "actors/api/payload.hpp"

namespace pushmesh {

/// As a string of bytes.
template <class I>
auto inspect(I& f, binary& x) {
  std::string bytes(x.view());
  auto load = [&x, &bytes]() -> caf::error {
    x = binary(std::move(bytes));
    return caf::none;
  };
  return f(caf::meta::type_name("pushmesh.binary"), bytes, caf::meta::load_callback(load));
}
template <class I>
auto inspect(I& f, payload& x) {
  return f(caf::meta::type_name("pushmesh.payload"), x.json, x.attachments);
}

}  // namespace pushmesh

// The closed list of what a socket actor accepts from other actors, on this node or another.
// Names and fields are wire format: they change only together with their version byte.
namespace pushmesh::actors {

/// Sends an event to the client. No answer.
struct socket_emit {
  std::uint8_t version = 1;
  std::string nsp, event;
  payload args;
};
/// The same, and answers socket_ack when the client acknowledged, left, or `timeout_ms` is over.
struct socket_emit_with_ack {
  std::uint8_t version = 1;
  std::string nsp, event;
  payload args;
  std::uint32_t timeout_ms = 10'000;
};
/// Joins rooms. Answers socket_done.
struct socket_join {
  std::uint8_t version = 1;
  std::string nsp;
  std::vector<std::string> rooms;
};
/// Leaves rooms. Answers socket_done.
struct socket_leave {
  std::uint8_t version = 1;
  std::string nsp;
  std::vector<std::string> rooms;
};
/// Disconnects from the namespace, or closes the connection. Answers socket_done.
struct socket_disconnect {
  std::uint8_t version = 1;
  std::string nsp;
  bool close = false;
};
/// Answers socket_description.
struct socket_info_request {
  std::uint8_t version = 1;
  std::string nsp;
};

struct socket_done {
  std::uint8_t version = 1;
};
struct socket_ack {
  enum class outcome : std::uint8_t { acked, timed_out, left, overloaded };
  std::uint8_t version = 1;
  std::uint8_t result = 0;  ///< an outcome
  payload args;
};
struct socket_description {
  std::uint8_t version = 1;
  std::string id, nsp, user, address;
  std::vector<std::string> rooms;
};

template <class I>
auto inspect(I& f, socket_emit& x) {
  return f(caf::meta::type_name("pushmesh.socket_emit"), x.version, x.nsp, x.event, x.args);
}
template <class I>
auto inspect(I& f, socket_emit_with_ack& x) {
  return f(caf::meta::type_name("pushmesh.socket_emit_with_ack"), x.version, x.nsp, x.event, x.args,
           x.timeout_ms);
}
template <class I>
auto inspect(I& f, socket_join& x) {
  return f(caf::meta::type_name("pushmesh.socket_join"), x.version, x.nsp, x.rooms);
}
template <class I>
auto inspect(I& f, socket_leave& x) {
  return f(caf::meta::type_name("pushmesh.socket_leave"), x.version, x.nsp, x.rooms);
}
template <class I>
auto inspect(I& f, socket_disconnect& x) {
  return f(caf::meta::type_name("pushmesh.socket_disconnect"), x.version, x.nsp, x.close);
}
template <class I>
auto inspect(I& f, socket_info_request& x) {
  return f(caf::meta::type_name("pushmesh.socket_info_request"), x.version, x.nsp);
}
template <class I>
auto inspect(I& f, socket_done& x) {
  return f(caf::meta::type_name("pushmesh.socket_done"), x.version);
}
template <class I>
auto inspect(I& f, socket_ack& x) {
  return f(caf::meta::type_name("pushmesh.socket_ack"), x.version, x.result, x.args);
}
template <class I>
auto inspect(I& f, socket_description& x) {
  return f(caf::meta::type_name("pushmesh.socket_description"), x.version, x.id, x.nsp, x.user,
           x.address, x.rooms);
}

}  // namespace pushmesh::actors

CAF_BEGIN_TYPE_ID_BLOCK(pushmesh_actors, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_emit))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_emit_with_ack))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_join))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_leave))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_disconnect))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_info_request))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_done))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_ack))
CAF_ADD_TYPE_ID(pushmesh_actors, (pushmesh::actors::socket_description))
CAF_END_TYPE_ID_BLOCK(pushmesh_actors)
