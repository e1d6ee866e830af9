#include "cluster/node/http/api/emit_order.hpp"

#include <algorithm>
#include <utility>

#include "cluster/link/wire_v1_bounds.hpp"
#include "net/protocol/json_scanner.hpp"
#include "net/protocol/socketio_codec.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::http {
namespace {

using net::json_kind;

/// What a message to another node can carry; here already, so that all nodes take the same.
constexpr std::size_t max_rooms = cluster::wire_v1::max_rooms;
constexpr std::size_t max_name = cluster::wire_v1::max_name;
/// Members looked at: more than there are names, so that one too many is unknown or there twice.
constexpr std::size_t max_members = 16;

tl::unexpected<body_error> wrong(std::string message, std::string_view field = {}) {
  return tl::unexpected(body_error{std::move(message), std::string(field)});
}

tl::expected<std::string, body_error> text_of(std::string_view raw, std::string_view field) {
  if (net::kind_of(raw) != json_kind::string) return wrong("expected a string", field);
  if (raw.size() > max_name) return wrong("longer than 64 KiB", field);
  auto text = net::decode_json_string(raw);
  if (text.empty()) return wrong("must not be empty", field);
  return text;
}

tl::expected<std::vector<std::string>, body_error> texts_of(std::string_view raw,
                                                            std::string_view field) {
  const auto elements = net::scan_json_array(raw, 1, max_rooms + 1);
  if (!elements) return wrong("expected an array of strings", field);
  if (elements->size() > max_rooms)
    return wrong("more than " + std::to_string(max_rooms) + " names", field);
  std::vector<std::string> texts;
  texts.reserve(elements->size());
  for (const auto element : *elements) {
    auto text = text_of(element, field);
    if (!text) return tl::unexpected(std::move(text.error()));
    texts.push_back(std::move(*text));
  }
  return texts;
}

// Gives the value to `into`, or says what is wrong with it.
template <class Into, class Value>
std::optional<body_error> store(Into& into, tl::expected<Value, body_error> value) {
  if (!value) return std::move(value.error());
  into = std::move(*value);
  return std::nullopt;
}

std::optional<body_error> take_rooms(emit_order& order, std::string_view raw) {
  auto rooms = texts_of(raw, "rooms");
  if (rooms && rooms->empty())
    return body_error{"no rooms: leave the member out to reach the whole namespace", "rooms"};
  return store(order.rooms, std::move(rooms));
}

std::optional<body_error> take_event(emit_order& order, std::string_view raw) {
  if (auto problem = store(order.event, text_of(raw, "event"))) return problem;
  if (net::is_reserved_event(order.event))
    return body_error{"the name is reserved by Socket.IO", "event"};
  return std::nullopt;
}

std::optional<body_error> take_data(emit_order& order, std::string_view raw) {
  if (net::kind_of(raw) != json_kind::array)
    return body_error{"expected an array: the arguments of the event", "data"};
  constexpr std::string_view space = " \t\r\n";
  auto args = raw.substr(1, raw.size() - 2);
  args.remove_prefix(std::min(args.find_first_not_of(space), args.size()));
  order.args = args;
  return std::nullopt;
}

struct member {
  std::string_view name;
  std::optional<body_error> (*take)(emit_order&, std::string_view raw);
};
constexpr member members[] = {
    {"namespace",
     [](emit_order& o, std::string_view raw) { return store(o.nsp, text_of(raw, "namespace")); }},
    {"rooms", take_rooms},
    {"except",
     [](emit_order& o, std::string_view raw) { return store(o.except, texts_of(raw, "except")); }},
    {"event", take_event},
    {"data", take_data},
};

}  // namespace

tl::expected<emit_order, body_error> parse_emit_order(std::string_view body,
                                                      std::size_t max_depth) {
  if (!net::is_valid_utf8(body)) return wrong("the body is no UTF-8");
  const auto found = net::scan_json_object(body, max_depth, max_members);
  if (!found && found.error() == net::errc::json_too_deep)
    return wrong("more than " + std::to_string(max_depth) + " levels of arrays and objects");
  if (!found) return wrong("the body is not one JSON object");
  emit_order order;
  std::vector<const member*> seen;
  for (const auto& [raw_name, value] : *found) {
    const auto name = net::decode_json_string(raw_name.substr(0, max_name));
    const auto* const known = std::find_if(std::begin(members), std::end(members),
                                           [&](const member& m) { return m.name == name; });
    if (known == std::end(members)) return wrong("there is no such member", name);
    if (std::find(seen.begin(), seen.end(), known) != seen.end())
      return wrong("is there twice", name);
    seen.push_back(known);
    if (auto problem = known->take(order, value)) return tl::unexpected(std::move(*problem));
  }
  if (order.event.empty()) return wrong("is missing: the name of the event", "event");
  return order;
}

}  // namespace pushmesh::http
