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
#include "cluster/link/wire_v1_feed.hpp"
#include "cluster/link/wire_v1_list.hpp"
#include "cluster/link/wire_v1_recovery.hpp"
#include "cluster/link/wire_v1_replies.hpp"
#include "cluster/link/wire_v1_request.hpp"
#include "cluster/link/wire_v1_sessions.hpp"
#include "cluster/link/wire_v1_store.hpp"

/// What nodes tell each other, as views: texts and lists point into the sender's values or into the
/// batch they were decoded from. `fields` is the layout of an item: its parts in the order in which
/// they are written (wire_v1_archive.hpp says how each is). Frozen by tests with golden bytes.
namespace pushmesh::cluster::wire_v1 {

/// Whom an item addresses: see actors/address.hpp.
struct address {
  bool everybody = true;
  bool is_volatile = false;
  std::string_view nsp;
  texts rooms;
  texts except;
  bool has_offset = false;  ///< of an emit: its last argument is its offset

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.flags(x.everybody, x.is_volatile, x.has_offset), a.text(x.nsp, max_name);
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
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.text(x.event, max_name), a.text(x.args, max_joined), a.maybe(x.ack);
    a.elements(x.attachments, max_attachments);
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
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.text(x.nsp, max_name), a.text(x.event, max_name), a.text(x.args, max_joined), a.maybe(x.ack);
    a.elements(x.attachments, max_attachments);
  }
};

/// The answers that an emit with ack has so far are wanted now: the other side completes it.
struct ack_finish {
  static constexpr auto kind = item_kind::ack_finish;
  request_id id;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value);
  }
};

/// Asks for watch_ended once the socket is gone; at once when it is not there.
struct watch {
  static constexpr auto kind = item_kind::watch;
  request_id id;
  socket_id socket;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.id(x.socket);
  }
};

/// The end of that watch is not wanted any more.
struct unwatch {
  static constexpr auto kind = item_kind::unwatch;
  request_id id;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value);
  }
};

/// Asks for sync_reply: everything sent before this was routed. For clients.
struct sync {
  static constexpr auto kind = item_kind::sync;
  request_id id;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value);
  }
};

/// An emit that the receiver is to publish for official servers: it feeds the sender.
struct publish {
  static constexpr auto kind = item_kind::publish;
  address to;
  std::string_view event;
  std::string_view args;  ///< as in emit
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.sub(x.to), a.text(x.event, max_name), a.text(x.args, max_joined);
    a.elements(x.attachments, max_attachments);
  }
};

/// Every item but the parts of long ones (parts.hpp). The most frequent first.
using item =
    std::variant<emit, ack_part, interest_delta, interest_confirm, ping, pong, credit, rooms_join,
                 rooms_leave, disconnect, fetch_request, fetch_reply, lookup_request, lookup_reply,
                 server_emit, server_emit_reply, snapshot_part, interest_check, interest_repair,
                 ack_finish, watch, unwatch, watch_ended, sync, sync_reply, nodes_request,
                 nodes_reply, session_request, session_answer, tunnel_open, tunnel_data,
                 tunnel_credit, tunnel_end, session_lend, session_release, session_late,
                 session_fence, session_fence_reply, session_parcel, session_rest, session_ack,
                 store_request, store_answer, store_claim, store_claim_answer, store_write,
                 store_written, store_release, store_hint, store_lost, bridging, feed_ask,
                 feed_news, publish, hello, hello_answer, welcome, gossip, goodbye>;

}  // namespace pushmesh::cluster::wire_v1
