#include "actors/packet_frames.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include "actors/namespace_state.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/socketio_codec.hpp"

namespace pushmesh::actors {

namespace {

net::frame::meta about(const address& to, std::string_view event) {
  net::frame::meta m;
  m.is_volatile = to.is_volatile;
  const auto policy = to.handlers ? to.handlers->policy_of(event) : overflow_policy::inherit;
  m.policy = static_cast<std::uint8_t>(policy);
  const auto hash = std::hash<std::string_view>{};
  m.event_hash = static_cast<std::uint32_t>(hash(event) ^ hash(to.nsp) * 31) | 1;
  return m;
}

}  // namespace

net::frame_ref event_frame(const address& to, std::string_view event, std::string_view args,
                           std::optional<std::uint64_t> ack_id) {
  if (net::is_reserved_event(event))
    throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
  const auto id = ack_id ? std::to_string(*ack_id) : std::string();
  auto head =
      "4" + net::socketio_prefix(net::socketio_type::event, to.nsp,
                                 ack_id ? std::optional<std::string_view>(id) : std::nullopt);
  head += '[';
  net::append_json_string(head, event);
  return net::make_frame(net::ws_opcode::text, {head, args.empty() ? "" : ",", args, "]"},
                         about(to, event));
}

net::frame_ref ack_frame(std::string_view nsp, std::string_view ack_id, std::string_view args) {
  const auto head = net::socketio_prefix(net::socketio_type::ack, nsp, ack_id);
  return net::make_frame(net::ws_opcode::text, {"4", head, "[", args, "]"});
}

net::frame_ref packet_frame(std::string_view packet) {
  return net::make_frame(net::ws_opcode::text, {"4", packet});
}

}  // namespace pushmesh::actors
