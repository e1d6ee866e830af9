#include "actors/packet_frames.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include "actors/namespace_state.hpp"
#include "actors/recovery/packet_offset.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/msgpack_encoder.hpp"
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

net::frame_ref binary_frame(std::string_view packet, net::frame::meta m = {}) {
  return net::make_frame(net::ws_opcode::binary, {packet}, m);
}

net::frame_ref text_frame(std::string_view packet) {
  return net::make_frame(net::ws_opcode::text, {"4", packet});
}

std::string prefix(net::socketio_type plain, net::socketio_type with_binary, const payload& args,
                   std::string_view nsp, std::optional<std::string_view> ack_id) {
  if (args.attachments.empty()) return net::socketio_prefix(plain, nsp, ack_id);
  return net::socketio_prefix(with_binary, nsp, ack_id, args.attachments.size());
}

}  // namespace

void check_event_name(std::string_view event) {
  if (net::is_reserved_event(event))
    throw std::invalid_argument("\"" + std::string(event) + "\" is a reserved event name");
}

net::frame_ref packet_frames::event(const address& to, std::string_view event, const payload& args,
                                    std::optional<std::uint64_t> ack_id,
                                    std::uint64_t offset) const {
  check_event_name(event);
  auto m = about(to, event);
  m.offset = offset;
  const auto tail = offset ? offset_argument(offset, args.json.empty()) : std::string();
  if (msgpack())
    return binary_frame(
        net::encode_msgpack_event(to.nsp, event, offset ? args.json + tail : args.json,
                                  args.attachments, ack_id),
        m);
  const auto id = ack_id ? std::to_string(*ack_id) : std::string();
  auto head = "4" + prefix(net::socketio_type::event, net::socketio_type::binary_event, args,
                           to.nsp, ack_id ? std::optional<std::string_view>(id) : std::nullopt);
  head += '[';
  net::append_json_string(head, event);
  return net::make_packet_frame(
      {head, args.json.empty() && tail.empty() ? "" : ",", args.json, tail, "]"}, args.attachments,
      m);
}

net::frame_ref packet_frames::ack(std::string_view nsp, std::string_view ack_id,
                                  const payload& args) const {
  if (msgpack())
    return binary_frame(net::encode_msgpack_ack(nsp, ack_id, args.json, args.attachments));
  const auto head =
      prefix(net::socketio_type::ack, net::socketio_type::binary_ack, args, nsp, ack_id);
  return net::make_packet_frame({"4", head, "[", args.json, "]"}, args.attachments);
}

net::frame_ref packet_frames::connect(std::string_view nsp, std::string_view sid,
                                      std::string_view pid) const {
  if (msgpack()) return binary_frame(net::encode_msgpack_connect(nsp, sid, pid));
  return text_frame(net::encode_connect(nsp, sid, pid));
}

net::frame_ref packet_frames::connect_v4(std::string_view nsp) const {
  return text_frame(net::encode_connect_v4(nsp));
}

net::frame_ref packet_frames::error_v4(std::string_view nsp, std::string_view json) const {
  return text_frame(net::encode_error_v4(nsp, json));
}

net::frame_ref packet_frames::disconnect(std::string_view nsp) const {
  if (msgpack()) return binary_frame(net::encode_msgpack_disconnect(nsp));
  return text_frame(net::encode_disconnect(nsp));
}

net::frame_ref packet_frames::connect_error(std::string_view nsp, std::string_view message,
                                            std::string_view data_json) const {
  if (msgpack()) return binary_frame(net::encode_msgpack_connect_error(nsp, message, data_json));
  return text_frame(net::encode_connect_error(nsp, message, data_json));
}

}  // namespace pushmesh::actors
