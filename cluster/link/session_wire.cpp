#include "cluster/link/session_wire.hpp"

#include <any>
#include <string>
#include <utility>
#include <vector>

#include "net/protocol/frame_messages.hpp"

namespace pushmesh::cluster {

namespace {

/// An item ends when it holds so many bytes.
constexpr std::size_t enough_bytes = wire_v1::batch_target;

wire_v1::session_packet on_wire(const actors::missed_packet& p) {
  return {p.frame->about().offset, p.ack_id.has_value(), p.ack_id.value_or(0), p.frame->bytes()};
}

}  // namespace

void send_parcel(peer_outbox& to, wire_v1::request_id id, std::uint64_t shard,
                 const std::optional<actors::session_parcel>& parcel) {
  wire_v1::session_parcel x;
  x.id = id;
  if (!parcel) return void(to.send(x));
  const auto* const text = std::any_cast<std::string>(&parcel->data);
  x.found = true;
  x.left_own_room = parcel->left_own_room;
  x.shard = shard;
  x.sid = parcel->sid.view();
  x.rooms = parcel->rooms;
  x.has_data = text != nullptr;
  if (text) x.data = *text;
  x.user = parcel->user;
  x.last_offset = parcel->last_offset;
  x.left = parcel->left;
  to.send(x);
}

void send_rest(peer_outbox& to, wire_v1::request_id id,
               const std::optional<actors::session_rest>& rest) {
  if (!rest) return void(to.send(wire_v1::session_rest{id, true, false, {}, {}, {}}));
  std::vector<wire_v1::session_packet> some;
  std::size_t bytes = 0;
  for (const auto& p : rest->packets) {
    some.push_back(on_wire(p));
    bytes += p.frame->bytes().size() + 32;
    if (bytes < enough_bytes) continue;
    // Half of it would be worse than none.
    if (to.send(wire_v1::session_rest{id, false, true, some, {}, {}}) != push_result::accepted)
      return void(to.send(wire_v1::session_rest{id, true, false, {}, {}, {}}));
    some.clear();
    bytes = 0;
  }
  to.send(wire_v1::session_rest{id, true, true, some, rest->had, rest->owed_acks});
}

void send_late(peer_outbox& to, const socket_id& pid, const actors::missed_packet& p) {
  to.send(wire_v1::session_late{pid, on_wire(p)});
}

lent_session from_wire(const wire_v1::session_parcel& x) {
  lent_session s;
  s.shard = x.shard;
  const auto sid = x.found ? socket_id::parse(x.sid) : std::nullopt;
  if (!sid) return s;
  auto& p = s.parcel.emplace();
  p.sid = *sid;
  p.rooms = x.rooms.copy<std::string>();
  p.left_own_room = x.left_own_room;
  if (x.has_data) p.data = std::string(x.data);
  p.user = std::string(x.user);
  p.last_offset = x.last_offset;
  p.left = x.left;
  return s;
}

actors::missed_packet from_wire(const wire_v1::session_packet& x) {
  net::frame::meta about;
  about.offset = x.offset;
  auto rest = x.frames;
  const auto packet = net::take_message(rest);
  if (!packet) return {};
  net::frame_ref made;
  if (packet->kind == net::ws_opcode::text) {
    std::vector<binary> attachments;
    while (const auto m = net::take_message(rest))
      attachments.emplace_back(std::string(m->payload));
    made = net::make_packet_frame({packet->payload}, attachments, about);
  } else {
    made = net::make_frame(net::ws_opcode::binary, {packet->payload}, about);
  }
  if (made->bytes() != x.frames) return {};  // no node of ours sends this
  return {std::move(made), x.asks ? std::optional(x.ack_id) : std::nullopt};
}

void add_from_wire(released_session& to, const wire_v1::session_rest& x) {
  to.found = x.found;
  for (const auto& each : x.packets)
    if (auto p = from_wire(each); p.frame) to.rest.packets.push_back(std::move(p));
  for (const auto offset : x.had) to.rest.had.push_back(offset);
  for (const auto id : x.owed_acks) to.rest.owed_acks.push_back(id);
}

}  // namespace pushmesh::cluster
