#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pushmesh::cluster::wire_v1 {

/// Number of an item on the wire. The two highest bits are its class, so that both ends agree on
/// class and credit of kinds that one of them does not know.
enum class item_kind : std::uint8_t {
  none = 0,
  hello = 0x01,
  hello_answer = 0x02,
  ping = 0x03,
  pong = 0x04,
  credit = 0x05,
  goodbye = 0x06,
  welcome = 0x07,
  gossip = 0x08,

  emit = 0x40,
  rooms_join = 0x41,
  rooms_leave = 0x42,
  disconnect = 0x43,
  interest_delta = 0x44,
  snapshot_part = 0x45,
  interest_check = 0x46,
  fetch_request = 0x47,
  server_emit = 0x48,
  ack_finish = 0x49,
  watch = 0x4a,
  sync = 0x4b,
  unwatch = 0x4c,
  session_lend = 0x58,
  session_release = 0x59,
  session_late = 0x5a,
  session_fence = 0x5b,
  session_fence_reply = 0x5c,
  bridging = 0x60,
  feed_ask = 0x61,
  feed_news = 0x62,
  publish = 0x63,
  store_request = 0x68,
  store_answer = 0x69,
  store_claim = 0x6a,
  store_claim_answer = 0x6b,
  store_write = 0x6c,
  store_written = 0x6d,
  store_release = 0x6e,
  store_hint = 0x6f,
  store_lost = 0x70,
  fifo_part = 0x7f,

  ack_part = 0x80,
  fetch_reply = 0x81,
  lookup_request = 0x82,
  lookup_reply = 0x83,
  interest_confirm = 0x84,
  interest_repair = 0x85,
  server_emit_reply = 0x86,
  watch_ended = 0x87,
  sync_reply = 0x88,
  nodes_request = 0x89,
  nodes_reply = 0x8a,
  session_parcel = 0x98,
  session_rest = 0x99,
  session_ack = 0x9a,
  reply_part = 0xbf,

  session_request = 0xc0,
  session_answer = 0xc1,
  tunnel_open = 0xc2,
  tunnel_data = 0xc3,
  tunnel_credit = 0xc4,
  tunnel_end = 0xc5,
  session_part = 0xff,
};
std::string_view to_string(item_kind k) noexcept;

enum class item_class : std::uint8_t {
  control,  ///< about the link itself: needs no credit, overtakes the others
  fifo,     ///< everything addressed to sockets or rooms: one order per link
  reply,    ///< answers
  session,  ///< what clients ask of sessions on the other node, and tunnels: one order per link
};
constexpr item_class class_of(item_kind k) noexcept {
  return static_cast<item_class>(static_cast<std::uint8_t>(k) >> 6);
}
/// True for items whose bytes are paid with credit.
constexpr bool needs_credit(item_kind k) noexcept {
  return class_of(k) != item_class::control;
}

/// Why bytes of a peer were refused, or why an item cannot be encoded. Numbers are stable.
enum class wire_errc : std::uint8_t {
  cut_short = 1,      ///< fewer bytes than a length or count announces
  bad_varint,         ///< longer than necessary, or more than 64 bits
  too_long,           ///< a text or an item is over its bound
  too_many,           ///< a list is over its bound
  bad_value,          ///< a number, flag or code that version 1 does not have
  bad_socket_id,      ///< not 20 characters of base64url
  trailing_bytes,     ///< an item is longer than its content
  unknown_kind,       ///< a kind that version 1 does not have, where one is required
  part_out_of_place,  ///< a part that does not continue what came before it
  part_interrupted,   ///< another item of the same class amid the parts of one
  bad_joined_item,    ///< joined parts are not one whole item of their class
};
std::string_view to_string(wire_errc e) noexcept;

struct wire_error {
  wire_errc code;
  item_kind kind = item_kind::none;  ///< `none`: between items
  std::size_t at = 0;                ///< offset in the item's body, or in the batch between items

  /// One sentence for logs.
  std::string message() const;
  friend bool operator==(const wire_error&, const wire_error&) = default;
};

}  // namespace pushmesh::cluster::wire_v1
