#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "actors/api/ids.hpp"
#include "cluster/link/wire_v1_bounds.hpp"
#include "cluster/link/wire_v1_error.hpp"
#include "cluster/link/wire_v1_list.hpp"
#include "cluster/link/wire_v1_request.hpp"

/// The items by which a session moves to the node where its client came back (docs/decisions/0011).
/// The same rules hold as in wire_v1_items.hpp.
namespace pushmesh::cluster::wire_v1 {

// ---- fifo: requests go behind what was emitted before ------------------------------------------

/// Asks for the session of a client that came back, to be reserved.
struct session_lend {
  static constexpr auto kind = item_kind::session_lend;
  request_id id;
  socket_id pid;
  bool has_offset = false;
  std::string_view offset;  ///< as the client says
  std::string_view nsp;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.id(x.pid), a.flags(x.has_offset), a.text(x.offset, max_name);
    a.text(x.nsp, max_name);
  }
};

/// Takes the reserved session over.
struct session_release {
  static constexpr auto kind = item_kind::session_release;
  request_id id;
  socket_id pid;
  list<std::uint64_t> came;  ///< offsets of what arrived where it is going; it may have got that

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.id(x.pid), a.elements(x.came, max_elements);
  }
};

/// A packet that was sent to the socket.
struct session_packet {
  std::uint64_t offset = 0;  ///< 0: none
  bool asks = false;         ///< for an acknowledgement, under `ack_id`
  std::uint64_t ack_id = 0;
  std::string_view frames;  ///< as they were sent: RFC 6455, unmasked

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.fixed(x.offset), a.flags(x.asks), a.number(x.ack_id), a.text(x.frames, max_joined);
  }
};

/// One that came in late where the session was.
struct session_late {
  static constexpr auto kind = item_kind::session_late;
  socket_id pid;
  session_packet packet;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.id(x.pid), a.sub(x.packet);
  }
};

/// Asks for session_fence_reply: what the other node sent before that has arrived then.
struct session_fence {
  static constexpr auto kind = item_kind::session_fence;
  request_id id;
  std::uint64_t shard = 0;  ///< that waits for it

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.number(x.shard);
  }
};

struct session_fence_reply {
  static constexpr auto kind = item_kind::session_fence_reply;
  request_id id;
  std::uint64_t shard = 0;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.number(x.shard);
  }
};

// ---- replies ------------------------------------------------------------------------------------

struct session_parcel {
  static constexpr auto kind = item_kind::session_parcel;
  request_id id;
  bool found = false;  ///< else the rest means nothing
  bool left_own_room = false;
  bool has_data = false;
  std::uint64_t shard = 0;  ///< where it is
  std::string_view sid;     ///< 20 characters, or none
  texts rooms;
  std::string_view data;
  std::string_view user;
  std::uint64_t last_offset = 0;
  std::chrono::milliseconds left{0};  ///< below 2^32

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.found, x.left_own_room, x.has_data), a.number(x.shard);
    a.text(x.sid, socket_id::length), a.elements(x.rooms, max_rooms), a.text(x.data, max_joined);
    a.text(x.user, max_name), a.fixed(x.last_offset), a.millis(x.left);
  }
};

struct session_rest {
  static constexpr auto kind = item_kind::session_rest;
  request_id id;
  bool final = true;  ///< nothing more comes for this id
  bool found = false;
  list<session_packet> packets;
  list<std::uint64_t> had;  ///< of the offsets asked for: what the socket got
  list<std::uint64_t> owed_acks;

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.id.value), a.flags(x.final, x.found), a.elements(x.packets, max_elements);
    a.elements(x.had, max_elements), a.elements(x.owed_acks, max_elements);
  }
};

/// The answer to an emit of the node where the session was.
struct session_ack {
  static constexpr auto kind = item_kind::session_ack;
  std::uint64_t shard = 0;
  std::uint64_t ack_id = 0;
  socket_id sid;
  bool answered = true;  ///< false: there will be none
  std::string_view user;
  std::string_view args;
  list<blob> attachments{};

  template <class A, class X>
  static void fields(A& a, X& x) {
    a.number(x.shard), a.number(x.ack_id), a.id(x.sid), a.flags(x.answered);
    a.text(x.user, max_name), a.text(x.args, max_joined);
    a.elements(x.attachments, max_attachments);
  }
};

}  // namespace pushmesh::cluster::wire_v1
