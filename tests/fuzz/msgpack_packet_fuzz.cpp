// Decodes packets of socket.io-msgpack-parser, writes them again, and expects to read the same. Any
// text is turned into MessagePack, too.

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "net/protocol/msgpack_decoder.hpp"
#include "net/protocol/msgpack_encoder.hpp"
#include "net/protocol/placeholders.hpp"
#include "net/protocol/socketio_codec.hpp"

using namespace pushmesh::net;

namespace {

void expect(bool ok) {
  if (!ok) std::abort();
}

void check_event(const socketio_packet& p, const std::vector<std::string_view>& elements,
                 const msgpack_packet& read, const protocol_limits& limits) {
  const auto& last = elements.back();
  const auto* const begin = elements.front().data();
  const std::string_view all(begin, static_cast<std::size_t>(last.data() + last.size() - begin));
  const auto again = decode_msgpack(
      encode_msgpack_ack(p.nsp, p.ack_id.empty() ? "0" : p.ack_id, all, read.attachments), limits);
  expect(again.has_value());
  std::vector<std::string_view> same;
  expect(decode_socketio(again->text, limits, same).has_value() && same.size() == elements.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  protocol_limits limits;
  limits.max_json_depth = 16;
  encode_msgpack_connect_error("/", bytes, bytes);
  const auto read = decode_msgpack(bytes, limits);
  if (!read) return 0;
  expect(read->attachments.size() <= limits.max_attachments);
  std::vector<std::string_view> elements;
  const auto p = decode_socketio(read->text, limits, elements);
  if (!p) return 0;
  expect(p->attachments == 0);
  for (const auto& place : find_placeholders(p->payload))
    expect(read->attachments.empty() || (place.index && *place.index < read->attachments.size()));
  if (!elements.empty()) check_event(*p, elements, *read, limits);
  return 0;
}
