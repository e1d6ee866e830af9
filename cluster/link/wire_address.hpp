#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/address.hpp"
#include "actors/api/payload.hpp"
#include "actors/recovery/packet_offset.hpp"
#include "cluster/link/wire_v1_items.hpp"

namespace pushmesh::cluster {

/// An address as it stands on the wire; a view.
inline wire_v1::address on_wire(const actors::address& to, bool has_offset = false) {
  return {to.everybody, to.is_volatile, to.nsp, to.rooms, to.except, has_offset};
}

/// What the other side addressed. Without the handlers of the namespace, which are this node's.
inline actors::address from_wire(const wire_v1::address& a) {
  actors::address to;
  to.nsp = std::string(a.nsp);
  to.rooms = a.rooms.copy<std::string>();
  to.except = a.except.copy<std::string>();
  to.everybody = a.everybody;
  to.is_volatile = a.is_volatile;
  return to;
}

/// The attachments of a payload; a view.
inline wire_v1::list<wire_v1::blob> blobs_of(const payload& args) {
  return {args.attachments, [](const binary& b) { return wire_v1::blob{b.view()}; }};
}

/// Reads the arguments of an item that has `args` and `attachments`.
template <class Item>
void read_payload(payload& args, const Item& x) {
  args.json.assign(x.args);
  args.attachments.clear();
  for (const auto& b : x.attachments) args.attachments.emplace_back(std::string(b.bytes));
}
template <class Item>
payload payload_of_item(const Item& x) {
  payload args;
  read_payload(args, x);
  return args;
}

/// Takes the offset off the arguments of an emit that says it has one; 0 when there is none.
inline std::uint64_t take_offset(const wire_v1::emit& x, payload& args) {
  const auto tail = actors::packet_offset_length + 2;  // with its quotes
  if (!x.to.has_offset || args.json.size() < tail) return 0;
  const auto at = args.json.size() - tail;
  const auto text = std::string_view(args.json).substr(at + 1, actors::packet_offset_length);
  const auto offset = actors::parse_packet_offset(text);
  if (!offset) return 0;
  args.json.resize(at > 0 ? at - 1 : 0);
  return *offset;
}

}  // namespace pushmesh::cluster
