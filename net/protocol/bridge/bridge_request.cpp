#include "net/protocol/bridge/bridge_request.hpp"

#include <utility>

#include "net/protocol/bridge/document_builder.hpp"
#include "net/protocol/bridge/json_reader.hpp"
#include "net/protocol/bridge/msgpack_reader.hpp"

namespace pushmesh::net {
namespace {

constexpr auto error = [](bridge_errc e) { return tl::make_unexpected(e); };

using result = tl::expected<bridge_request, bridge_errc>;
using kind = bridge_request::kind;

/// The sockets, as `opts` has them or, from old servers, one by its id. Without either nobody is
/// meant, which must not become everybody.
tl::expected<void, bridge_errc> read_target(const bridge_value& all, bridge_request& to) {
  if (const auto sid = all.find("sid"); sid.is(json_kind::string)) {
    to.rooms = {sid.text()};
    return {};
  }
  const auto options = all.find("opts");
  auto rooms = room_names(options.find("rooms"));
  if (!rooms) return error(rooms.error());
  to.rooms = std::move(*rooms);
  const auto except = options.find("except");
  if (!except || except.is(json_kind::null)) return {};
  auto names = room_names(except);
  if (!names) return error(names.error());
  to.except = std::move(*names);
  return {};
}

tl::expected<void, bridge_errc> read_names(const bridge_value& all, bridge_request& to) {
  if (const auto room = all.find("room"); all.find("sid") && room) {
    if (!room.is(json_kind::string) && !room.is(json_kind::number))
      return error(bridge_errc::bad_shape);
    to.names = {room.text()};
    return {};
  }
  auto names = room_names(all.find("rooms"));
  if (!names) return error(names.error());
  to.names = std::move(*names);
  return {};
}

result read_command(const bridge_value& all, kind what) {
  bridge_request r{};
  r.what = what;
  if (auto read = read_target(all, r); !read) return error(read.error());
  if (what == kind::disconnect)
    r.close = all.find("close").raw() == "true";
  else if (auto read = read_names(all, r); !read)
    return error(read.error());
  return r;
}

result read_document(bridge_document d) {
  const bridge_value all(d, 0);
  const auto type = all.find("type");
  if (!type.is(json_kind::number)) return error(bridge_errc::bad_shape);
  if (type.raw() == "2") return read_command(all, kind::join);
  if (type.raw() == "3") return read_command(all, kind::leave);
  if (type.raw() == "4") return read_command(all, kind::disconnect);
  if (type.raw() != "6") return error(bridge_errc::other_request);
  auto event = take_event(d, all.find("data"));
  if (!event) return error(event.error());
  bridge_request r{};
  r.what = kind::server_side_emit;
  r.event = std::move(*event);
  return r;
}

}  // namespace

result decode_request(std::string_view bytes, const bridge_limits& limits) {
  if (bytes.size() > limits.max_message) return error(bridge_errc::too_large);
  document_builder builder(limits);
  if (bytes.starts_with('{'))
    read_json(bytes, limits.max_depth, builder);
  else
    read_msgpack(bytes, builder);
  auto document = std::move(builder).finish();
  if (!document) return error(document.error());
  return read_document(std::move(*document));
}

}  // namespace pushmesh::net
