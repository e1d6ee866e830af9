#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "actors/api/ids.hpp"
#include "cluster/link/interest.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_control.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"

/// What nodes tell each other, as views: texts and lists point into the sender's values or into the
/// batch they were decoded from. `fields` is the layout of an item: its parts in the order in which
/// they are written (wire_v1_archive.hpp says how each is). Frozen by tests with golden bytes.
namespace pushmesh::cluster::wire_v1 {

/// Names a request among those of the node that made it.
struct request_id {
  std::uint64_t value = 0;
  friend auto operator<=>(const request_id&, const request_id&) = default;
};

/// Asks for an answer, which the other side has to give within `timeout`.
struct ack_request {
  request_id id;
  std::chrono::milliseconds timeout{0};  ///< below 2^32

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.millis(x.timeout);
  }
};

/// Whom an item addresses: see actors/address.hpp.
struct address {
  bool everybody = true;
  bool is_volatile = false;
  std::string_view nsp;
  texts rooms;
  texts except;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.flags(x.everybody, x.is_volatile), a.text(x.nsp, max_name);
    a.elements(x.rooms, max_rooms), a.elements(x.except, max_rooms);
  }
};

// ---- fifo: everything addressed -----------------------------------------------------------------

struct emit {
  static constexpr auto kind = item_kind::emit;
  address to;
  std::string_view event;
  std::string_view args;  ///< raw JSON values joined by commas; may be empty
  std::optional<ack_request> ack;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.text(x.event, max_name), a.text(x.args, max_joined), a.maybe(x.ack);
  }
};

struct rooms_join {
  static constexpr auto kind = item_kind::rooms_join;
  address to;
  texts rooms;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.elements(x.rooms, max_rooms);
  }
};

struct rooms_leave {
  static constexpr auto kind = item_kind::rooms_leave;
  address to;
  texts rooms;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.elements(x.rooms, max_rooms);
  }
};

struct disconnect {
  static constexpr auto kind = item_kind::disconnect;
  address to;
  bool close = false;  ///< their connections, too

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.flags(x.close);
  }
};

/// Consecutive changes of the sender's rooms, the first with the number `first_sequence`.
struct interest_delta {
  static constexpr auto kind = item_kind::interest_delta;
  std::uint64_t first_sequence = 1;
  list<interest_change> changes;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.first_sequence), a.elements(x.changes, max_elements);
  }
};

/// Some of all rooms after the change `whole.sequence`. Parts follow each other in order, other
/// items may stand between them, deltas may not.
struct snapshot_part {
  static constexpr auto kind = item_kind::snapshot_part;
  interest_digest whole;
  std::uint64_t offset = 0;  ///< how many rooms the parts before this one held
  list<std::uint64_t> rooms;

  bool first() const noexcept { return offset == 0; }
  bool last() const noexcept { return offset + rooms.size() == whole.rooms; }

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.whole), a.number(x.offset), a.elements(x.rooms, max_elements);
    a.require(x.offset <= x.whole.rooms && x.rooms.size() <= x.whole.rooms - x.offset);
  }
};

/// What the sender's rooms come to after the deltas sent before this, for comparison.
struct interest_check {
  static constexpr auto kind = item_kind::interest_check;
  interest_digest digest;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.digest);
  }
};

struct fetch_request {
  static constexpr auto kind = item_kind::fetch_request;
  request_id id;
  address to;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.sub(x.to);
  }
};

/// An event for the other node itself (serverSideEmit).
struct server_emit {
  static constexpr auto kind = item_kind::server_emit;
  std::string_view nsp;
  std::string_view event;
  std::string_view args;  ///< as in emit
  std::optional<ack_request> ack;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.nsp, max_name), a.text(x.event, max_name), a.text(x.args, max_joined), a.maybe(x.ack);
  }
};

// ---- replies ------------------------------------------------------------------------------------

/// One client's answer; see pushmesh::ack_reply.
struct ack_answer {
  socket_id socket;
  std::string_view user;
  std::string_view args;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.id(x.socket), a.text(x.user, max_name), a.text(x.args, max_joined);
  }
};

/// What became of an emit with ack on this node, or on a part of it: the parts of one id add up.
struct ack_part {
  static constexpr auto kind = item_kind::ack_part;
  request_id id;
  bool final = true;        ///< nothing more comes for this id
  bool overloaded = false;  ///< this node did not ask: its bound on pending acks is reached
  std::uint64_t asked = 0;  ///< sockets asked that earlier parts did not count
  list<ack_answer> acked;
  list<socket_id> timed_out;
  list<socket_id> left;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.final, x.overloaded), a.number(x.asked);
    a.elements(x.acked, max_elements), a.elements(x.timed_out, max_elements);
    a.elements(x.left, max_elements);
  }
};

/// See pushmesh::socket_info.
struct socket_entry {
  socket_id id;
  std::string_view nsp;
  std::string_view user;
  std::string_view address;
  texts rooms;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.id(x.id), a.text(x.nsp, max_name), a.text(x.user, max_name), a.text(x.address, max_name);
    a.elements(x.rooms, max_rooms);
  }
};

struct fetch_reply {
  static constexpr auto kind = item_kind::fetch_reply;
  request_id id;
  bool final = true;  ///< nothing more comes for this id
  list<socket_entry> sockets;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.final), a.elements(x.sockets, max_elements);
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
  std::string_view node;              ///< name of the node that answers
  std::optional<found_socket> found;  ///< empty: no such socket there

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.text(x.node, max_identity_text), a.maybe(x.found);
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

struct server_emit_reply {
  static constexpr auto kind = item_kind::server_emit_reply;
  request_id id;
  std::string_view args;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.text(x.args, max_joined);
  }
};

/// Every item but the parts of long ones (parts.hpp). The most frequent first.
using item =
    std::variant<emit, ack_part, interest_delta, interest_confirm, ping, pong, credit, rooms_join,
                 rooms_leave, disconnect, fetch_request, fetch_reply, lookup_request, lookup_reply,
                 server_emit, server_emit_reply, snapshot_part, interest_check, interest_repair,
                 hello, hello_answer, goodbye>;

}  // namespace pushmesh::cluster::wire_v1
