#include "cluster/link/wire_v1_error.hpp"

namespace pushmesh::cluster::wire_v1 {

std::string_view to_string(item_kind k) noexcept {
  switch (k) {
    case item_kind::none:
      return "none";
    case item_kind::hello:
      return "hello";
    case item_kind::hello_answer:
      return "hello_answer";
    case item_kind::ping:
      return "ping";
    case item_kind::pong:
      return "pong";
    case item_kind::credit:
      return "credit";
    case item_kind::goodbye:
      return "goodbye";
    case item_kind::welcome:
      return "welcome";
    case item_kind::gossip:
      return "gossip";
    case item_kind::emit:
      return "emit";
    case item_kind::rooms_join:
      return "rooms_join";
    case item_kind::rooms_leave:
      return "rooms_leave";
    case item_kind::disconnect:
      return "disconnect";
    case item_kind::interest_delta:
      return "interest_delta";
    case item_kind::snapshot_part:
      return "snapshot_part";
    case item_kind::interest_check:
      return "interest_check";
    case item_kind::fetch_request:
      return "fetch_request";
    case item_kind::server_emit:
      return "server_emit";
    case item_kind::ack_finish:
      return "ack_finish";
    case item_kind::watch:
      return "watch";
    case item_kind::sync:
      return "sync";
    case item_kind::unwatch:
      return "unwatch";
    case item_kind::store_request:
      return "store_request";
    case item_kind::store_answer:
      return "store_answer";
    case item_kind::store_claim:
      return "store_claim";
    case item_kind::store_claim_answer:
      return "store_claim_answer";
    case item_kind::store_write:
      return "store_write";
    case item_kind::store_written:
      return "store_written";
    case item_kind::store_release:
      return "store_release";
    case item_kind::store_hint:
      return "store_hint";
    case item_kind::store_lost:
      return "store_lost";
    case item_kind::fifo_part:
      return "fifo_part";
    case item_kind::ack_part:
      return "ack_part";
    case item_kind::fetch_reply:
      return "fetch_reply";
    case item_kind::lookup_request:
      return "lookup_request";
    case item_kind::lookup_reply:
      return "lookup_reply";
    case item_kind::interest_confirm:
      return "interest_confirm";
    case item_kind::interest_repair:
      return "interest_repair";
    case item_kind::server_emit_reply:
      return "server_emit_reply";
    case item_kind::bridging:
      return "bridging";
    case item_kind::feed_ask:
      return "feed_ask";
    case item_kind::feed_news:
      return "feed_news";
    case item_kind::publish:
      return "publish";
    case item_kind::watch_ended:
      return "watch_ended";
    case item_kind::sync_reply:
      return "sync_reply";
    case item_kind::nodes_request:
      return "nodes_request";
    case item_kind::nodes_reply:
      return "nodes_reply";
    case item_kind::session_lend:
      return "session_lend";
    case item_kind::session_release:
      return "session_release";
    case item_kind::session_late:
      return "session_late";
    case item_kind::session_fence:
      return "session_fence";
    case item_kind::session_fence_reply:
      return "session_fence_reply";
    case item_kind::session_parcel:
      return "session_parcel";
    case item_kind::session_rest:
      return "session_rest";
    case item_kind::session_ack:
      return "session_ack";
    case item_kind::reply_part:
      return "reply_part";
    case item_kind::session_request:
      return "session_request";
    case item_kind::session_answer:
      return "session_answer";
    case item_kind::tunnel_open:
      return "tunnel_open";
    case item_kind::tunnel_data:
      return "tunnel_data";
    case item_kind::tunnel_credit:
      return "tunnel_credit";
    case item_kind::tunnel_end:
      return "tunnel_end";
    case item_kind::session_part:
      return "session_part";
  }
  return "unknown";
}

std::string_view to_string(wire_errc e) noexcept {
  switch (e) {
    case wire_errc::cut_short:
      return "fewer bytes than announced";
    case wire_errc::bad_varint:
      return "a number is longer than necessary or has more than 64 bits";
    case wire_errc::too_long:
      return "longer than allowed";
    case wire_errc::too_many:
      return "a list has more elements than allowed";
    case wire_errc::bad_value:
      return "a value that wire version 1 does not have";
    case wire_errc::bad_socket_id:
      return "not a socket id";
    case wire_errc::trailing_bytes:
      return "bytes behind the end of the item";
    case wire_errc::unknown_kind:
      return "a kind of item that wire version 1 does not have";
    case wire_errc::part_out_of_place:
      return "a part that does not continue the one before it";
    case wire_errc::part_interrupted:
      return "another item amid the parts of one";
    case wire_errc::bad_joined_item:
      return "joined parts are not one item of their class";
  }
  return "unknown error";
}

std::string wire_error::message() const {
  std::string text(to_string(code));
  text += kind == item_kind::none ? " between items" : " in " + std::string(to_string(kind));
  return text + ", at byte " + std::to_string(at);
}

}  // namespace pushmesh::cluster::wire_v1
