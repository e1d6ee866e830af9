// Messages of emitters: what is accepted must be JSON that clients can read.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/protocol/bridge/bridge_broadcast.hpp"
#include "net/protocol/bridge/bridge_channels.hpp"
#include "net/protocol/bridge/bridge_request.hpp"
#include "net/protocol/bridge/feed_marker.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/placeholders.hpp"
#include "net/protocol/utf8.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

void check_event(const bridge_event& event, const bridge_limits& limits) {
  expect(is_valid_utf8(event.name) && is_valid_utf8(event.args));
  expect(scan_json("[" + event.args + "]", limits.max_depth).has_value());
  expect(event.attachments.size() <= limits.max_attachments);
  if (event.attachments.empty()) return;
  // Each attachment is named once and in order, and nothing else looks like a placeholder.
  const auto found = find_placeholders(event.args);
  expect(found.size() == event.attachments.size());
  for (std::size_t i = 0; i < found.size(); ++i) expect(found[i].index == i);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bridge_limits limits;
  if (auto b = decode_broadcast(bytes, limits)) {
    check_event(b->event, limits);
    const auto rooms = b->rooms.size();
    auto in_room = *b;
    const auto channel = "k#" + b->nsp + "#";
    expect(match_channel(*b, "k", channel) == bridge_copy::deliver);
    expect(b->rooms.size() == rooms && b->nsp.starts_with('/'));
    if (match_channel(in_room, "k", channel + "r#")) expect(!in_room.rooms.empty());
  }
  if (const auto r = decode_request(bytes, limits)) {
    check_event(r->event, limits);
    if (r->what == bridge_request::kind::server_side_emit) expect(r->rooms.empty());
  }
  if (const auto m = decode_feed_marker(bytes)) expect(encode_feed_marker(*m) == bytes);
  bridge_channels(std::string(bytes.substr(0, size / 2))).kind_of(bytes);
  return 0;
}
