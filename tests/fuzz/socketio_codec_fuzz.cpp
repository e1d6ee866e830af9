// Decodes Socket.IO packets and checks what a decoded one promises.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/socketio_codec.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

bool is_event(const socketio_packet& p) {
  return p.type == socketio_type::event || p.type == socketio_type::binary_event;
}

bool is_binary(const socketio_packet& p) {
  return p.type == socketio_type::binary_event || p.type == socketio_type::binary_ack;
}

bool is_event_name(std::string_view raw) {
  if (kind_of(raw) == json_kind::number) return true;
  return kind_of(raw) == json_kind::string && !is_reserved_event(decode_json_string(raw));
}

void check_payload(const socketio_packet& p, const protocol_limits& limits,
                   const std::vector<std::string_view>& elements) {
  if (p.payload.empty()) {
    expect(elements.empty());
    return;
  }
  expect(p.type != socketio_type::disconnect);
  const auto scan = scan_json(p.payload, limits.max_json_depth);
  expect(scan && scan->has_placeholder == p.has_placeholder);
  if (p.type == socketio_type::connect) expect(scan->kind == json_kind::object);
  if (is_event(p)) expect(!elements.empty() && is_event_name(elements.front()));
  for (auto e : elements) expect(scan_json(e, limits.max_json_depth).has_value());
}

// Writes the packet again and expects to read the same.
void check_round_trip(const socketio_packet& p, const protocol_limits& limits) {
  std::string text = socketio_prefix(p.type, p.nsp, p.ack_id, p.attachments);
  text += p.payload;
  std::vector<std::string_view> elements;
  const auto again = decode_socketio(text, limits, elements);
  expect(again && again->type == p.type && again->nsp == p.nsp && again->ack_id == p.ack_id);
  expect(again->payload == p.payload && again->attachments == p.attachments);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  protocol_limits limits;
  limits.max_json_depth = 16;
  limits.max_namespace_length = 32;
  limits.max_event_name_length = 32;
  std::vector<std::string_view> elements;
  const auto p = decode_socketio(text, limits, elements);
  if (!p) return 0;
  expect(p->attachments <= limits.max_attachments && (is_binary(*p) || p->attachments == 0));
  expect(p->nsp.starts_with('/') && p->nsp.size() <= limits.max_namespace_length);
  expect(p->nsp.find_first_of(",?") == std::string_view::npos);
  expect(
      std::all_of(p->ack_id.begin(), p->ack_id.end(), [](char c) { return c >= '0' && c <= '9'; }));
  if (const auto id = parse_ack_id(p->ack_id)) expect(*id <= std::uint64_t{1} << 53);
  check_payload(*p, limits, elements);
  check_round_trip(*p, limits);
  return 0;
}
