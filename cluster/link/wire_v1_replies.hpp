#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/api/ids.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"
#include "cluster/link/wire_v1_request.hpp"

/// The items of the class `reply`: answers, and requests that may overtake emits. The same rules
/// hold as in wire_v1_items.hpp.
namespace pushmesh::cluster::wire_v1 {

// Names of nodes in replies are empty where the node that sends the item is meant. Others stand in
// what a node gathered for a client.

/// One client's answer; see pushmesh::ack_reply.
struct ack_answer {
  socket_id socket;
  std::string_view node;
  std::string_view user;
  std::string_view args;
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.id(x.socket), a.text(x.node, max_identity_text), a.text(x.user, max_name);
    a.text(x.args, max_joined), a.elements(x.attachments, max_attachments);
  }
};

/// What became of an emit with ack on this node, or on a part of it: the parts of one id add up.
struct ack_part {
  static constexpr auto kind = item_kind::ack_part;
  request_id id;
  bool final = true;        ///< nothing more comes for this id
  bool overloaded = false;  ///< this node did not ask: its bound on pending acks is reached
  list<ack_answer> acked;
  list<socket_id> timed_out;
  list<socket_id> left;
  texts nodes_missing;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.final, x.overloaded);
    a.elements(x.acked, max_elements), a.elements(x.timed_out, max_elements);
    a.elements(x.left, max_elements), a.elements(x.nodes_missing, max_known_peers);
  }
};

/// See pushmesh::socket_info.
struct socket_entry {
  socket_id id;
  std::string_view node;
  std::string_view nsp;
  std::string_view user;
  std::string_view address;
  texts rooms;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.id(x.id), a.text(x.node, max_identity_text), a.text(x.nsp, max_name);
    a.text(x.user, max_name), a.text(x.address, max_name), a.elements(x.rooms, max_rooms);
  }
};

struct fetch_reply {
  static constexpr auto kind = item_kind::fetch_reply;
  request_id id;
  bool final = true;  ///< nothing more comes for this id
  list<socket_entry> sockets;
  texts nodes_missing;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.final), a.elements(x.sockets, max_elements);
    a.elements(x.nodes_missing, max_known_peers);
  }
};

struct lookup_request {
  static constexpr auto kind = item_kind::lookup_request;
  request_id id;
  socket_id socket;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.id(x.socket);
  }
};

struct header {
  std::string_view name;  ///< lower case
  std::string_view value;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.name, max_name), a.text(x.value, max_name);
  }
};

/// A socket that was looked up, with the request that opened its connection (net::handshake; its
/// address is the socket's).
struct found_socket {
  socket_entry socket;
  bool secure = false;
  std::uint64_t issued_ms = 0;  ///< Unix time
  std::string_view target;      ///< path and query as sent
  list<header> headers;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.socket), a.flags(x.secure), a.number(x.issued_ms), a.text(x.target, max_name);
    a.elements(x.headers, max_headers);
  }
};

struct lookup_reply {
  static constexpr auto kind = item_kind::lookup_reply;
  request_id id;
  std::optional<found_socket> found;  ///< empty: no such socket there
  texts nodes_missing;                ///< the node it should be on did not answer

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.maybe(x.found), a.elements(x.nodes_missing, max_known_peers);
  }
};

/// The receiver's deltas are applied up to `sequence`.
struct interest_confirm {
  static constexpr auto kind = item_kind::interest_confirm;
  std::uint64_t sequence = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.sequence);
  }
};

/// Asks for a snapshot: a delta or a check did not fit (interest_table::outcome::repair).
struct interest_repair {
  static constexpr auto kind = item_kind::interest_repair;

  template <class A, class X>
  static void fields(A&, X&) {}
};

/// One node's answer to an event for nodes.
struct server_emit_reply {
  static constexpr auto kind = item_kind::server_emit_reply;
  request_id id;
  std::string_view args;
  std::string_view node{};
  bool final = true;     ///< nothing more comes for this id
  bool answered = true;  ///< false: no answer, only the rest of the item counts
  texts nodes_missing{};
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.text(x.args, max_joined), a.text(x.node, max_identity_text);
    a.flags(x.final, x.answered), a.elements(x.nodes_missing, max_known_peers);
    a.elements(x.attachments, max_attachments);
  }
};

/// The socket of a watch is gone.
struct watch_ended {
  static constexpr auto kind = item_kind::watch_ended;
  request_id id;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value);
  }
};

/// All that came before the sync was routed, except to these nodes, whose queues were full.
struct sync_reply {
  static constexpr auto kind = item_kind::sync_reply;
  request_id id;
  texts nodes_dropped;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.elements(x.nodes_dropped, max_known_peers);
  }
};

/// Asks a node for the nodes it knows to be up.
struct nodes_request {
  static constexpr auto kind = item_kind::nodes_request;
  request_id id;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value);
  }
};

struct node_entry {
  std::string_view name;
  std::string_view address;  ///< HOST:PORT of its cluster listener
  actors::node_tag tag{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.name, max_identity_text), a.text(x.address, max_identity_text), a.raw(x.tag);
  }
};

struct nodes_reply {
  static constexpr auto kind = item_kind::nodes_reply;
  request_id id;
  list<node_entry> nodes;  ///< the one that answers first

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.elements(x.nodes, max_known_peers);
  }
};

}  // namespace pushmesh::cluster::wire_v1
