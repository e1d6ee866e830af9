#include "net/protocol/bridge/bridge_broadcast.hpp"

#include <algorithm>
#include <utility>

#include "net/protocol/bridge/document_builder.hpp"
#include "net/protocol/bridge/msgpack_reader.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::net {
namespace {

constexpr auto error = [](bridge_errc e) { return tl::make_unexpected(e); };

using result = tl::expected<bridge_broadcast, bridge_errc>;

tl::expected<void, bridge_errc> read_options(const bridge_value& options, bridge_broadcast& to) {
  auto rooms = room_names(options.find("rooms"));
  if (!rooms) return error(rooms.error());
  to.rooms = std::move(*rooms);
  if (const auto except = options.find("except"); except && !except.is(json_kind::null)) {
    auto names = room_names(except);
    if (!names) return error(names.error());
    to.except = std::move(*names);
  }
  to.is_volatile = options.find("flags").find("volatile").raw() == "true";
  return {};
}

result read_document(bridge_document d) {
  const auto parts = bridge_value(d, 0).elements();
  if (!bridge_value(d, 0).is(json_kind::array) || parts.size() < 3)
    return error(bridge_errc::bad_shape);
  const auto& [uid, packet, options] = std::tie(parts[0], parts[1], parts[2]);
  if (!uid.is(json_kind::string) || !packet.is(json_kind::object) || !options.is(json_kind::object))
    return error(bridge_errc::bad_shape);
  // Version 1 and 2 send 5 for an event with binary, later ones 2: what is in it decides.
  const auto type = packet.find("type");
  if (!type.is(json_kind::number)) return error(bridge_errc::bad_shape);
  if (type.raw() != "2" && type.raw() != "5") return error(bridge_errc::other_packet);
  bridge_broadcast b;
  b.uid = uid.text();
  const auto nsp = packet.find("nsp");
  if (nsp && !nsp.is(json_kind::string)) return error(bridge_errc::bad_shape);
  b.nsp = nsp ? nsp.text() : "/";
  if (auto read = read_options(options, b); !read) return error(read.error());
  auto event = take_event(d, packet.find("data"));
  if (!event) return error(event.error());
  if (is_reserved_event(event->name)) return error(bridge_errc::reserved_event);
  b.event = std::move(*event);
  return b;
}

result decode_with(void (*read)(std::string_view, document_builder&), std::string_view bytes,
                   const bridge_limits& limits) {
  document_builder builder(limits);
  read(bytes, builder);
  auto document = std::move(builder).finish();
  if (!document) return error(document.error());
  return read_document(std::move(*document));
}

bool is_pickle(std::string_view bytes) noexcept {
  return bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

}  // namespace

result decode_broadcast(std::string_view bytes, const bridge_limits& limits) {
  if (bytes.size() > limits.max_message) return error(bridge_errc::too_large);
  if (is_pickle(bytes)) return error(bridge_errc::pickled);
  auto today = decode_with(read_msgpack, bytes, limits);
  if (today) return today;
  // Today's rules misread what version 1 wrote in almost any way: only success counts.
  auto old = decode_with(read_old_msgpack, bytes, limits);
  if (old || today.error() == bridge_errc::malformed) return old;
  return today;
}

tl::expected<bridge_copy, bridge_errc> match_channel(bridge_broadcast& b, std::string_view key,
                                                     std::string_view channel) {
  const auto skip = [&channel](std::string_view expected) {
    if (!channel.starts_with(expected)) return false;
    channel.remove_prefix(expected.size());
    return true;
  };
  if (!skip(key) || !skip("#") || !skip(b.nsp) || !skip("#"))
    return error(bridge_errc::wrong_channel);
  if (!b.nsp.starts_with('/')) b.nsp.insert(0, 1, '/');
  if (channel.empty()) return bridge_copy::deliver;
  channel.remove_suffix(1);
  auto room = replace_invalid_utf8(channel);
  if (b.rooms.empty()) {
    b.rooms.push_back(std::move(room));
    return bridge_copy::deliver;
  }
  const auto found = std::find(b.rooms.begin(), b.rooms.end(), room);
  if (found == b.rooms.end()) return error(bridge_errc::wrong_channel);
  return found == b.rooms.begin() ? bridge_copy::deliver : bridge_copy::duplicate;
}

}  // namespace pushmesh::net
