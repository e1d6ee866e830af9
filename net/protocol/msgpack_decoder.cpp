#include "net/protocol/msgpack_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "net/protocol/json_scanner.hpp"
#include "net/protocol/msgpack_reader.hpp"
#include "net/protocol/placeholders.hpp"

namespace pushmesh::net {
namespace {

enum key : std::size_t { type, nsp, data, id };
constexpr std::array<std::string_view, 4> keys{"type", "nsp", "data", "id"};

bool is_digits(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// JSON of the data with false placeholders out of the way.
std::string data_of(const msgpack_document& d) {
  std::string json(d.value(data));
  if (d.attachments.empty()) return json;
  const auto [offset, size] = d.fields[data];
  std::vector<std::size_t> places;
  for (const auto p : d.places)
    if (p >= offset && p < offset + size) places.push_back(p - offset);
  return hide_false_placeholders(std::move(json), places);
}

}  // namespace

tl::expected<msgpack_packet, errc> decode_msgpack(std::string_view bytes,
                                                  const protocol_limits& limits) {
  auto d = read_msgpack_document(bytes, keys, {limits.max_json_depth, limits.max_attachments});
  if (!d) return tl::make_unexpected(d.error());

  const auto kind = d->value(type);
  if (kind.size() != 1 || kind.front() < '0' || kind.front() > '4')
    return tl::make_unexpected(errc::unknown_packet_type);
  const auto raw_name = d->value(nsp);
  const auto name = raw_name.starts_with('"') ? decode_json_string(raw_name) : std::string();
  if (!name.starts_with('/') || name.find(',') != name.npos)
    return tl::make_unexpected(errc::bad_namespace);
  const auto ack_id = d->value(id);
  const bool has_id = !ack_id.empty() && ack_id != "null";
  if (has_id && !is_digits(ack_id)) return tl::make_unexpected(errc::bad_payload_shape);
  const auto content = d->value(data);
  const bool wants_array = kind == "2" || kind == "3";
  if (wants_array && !content.starts_with('[')) return tl::make_unexpected(errc::bad_payload_shape);

  msgpack_packet out;
  out.text.append(kind).append(name).append(",");
  if (has_id) out.text.append(ack_id);
  if (!content.empty() && content != "null") out.text += data_of(*d);
  out.attachments = std::move(d->attachments);
  return out;
}

}  // namespace pushmesh::net
