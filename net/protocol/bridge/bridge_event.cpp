#include "net/protocol/bridge/bridge_event.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "net/protocol/placeholders.hpp"

namespace pushmesh::net {
namespace {

constexpr auto bad_shape = [] { return tl::make_unexpected(bridge_errc::bad_shape); };

/// The arguments, from `first` up to `behind` in the document. Objects that only look like
/// placeholders become null when there are real ones: receivers would take them for attachments.
/// nullopt: that took a real one away.
std::optional<std::string> arguments(const bridge_document& d, std::uint32_t first,
                                     std::uint32_t behind) {
  auto args = d.json.substr(first, behind - first);
  if (d.places.empty()) return args;
  std::vector<std::size_t> real;
  for (const auto place : d.places) real.push_back(place - first);
  args = hide_false_placeholders(std::move(args), real);
  if (find_placeholders(args).size() != real.size()) return std::nullopt;
  return args;
}

}  // namespace

tl::expected<bridge_event, bridge_errc> take_event(bridge_document& d, const bridge_value& data) {
  const auto elements = data.elements();
  if (!data.is(json_kind::array) || elements.empty()) return bad_shape();
  if (!elements[0].is(json_kind::string) && !elements[0].is(json_kind::number)) return bad_shape();
  bridge_event event;
  event.name = elements[0].text();
  if (elements.size() > 1) {
    const auto first = elements[1].begin();
    const auto behind = elements.back().end();
    // Bytes anywhere else would have no place in the event.
    const auto inside = [&](std::uint32_t place) { return place >= first && place < behind; };
    if (!std::all_of(d.places.begin(), d.places.end(), inside)) return bad_shape();
    auto args = arguments(d, first, behind);
    if (!args) return bad_shape();
    event.args = std::move(*args);
  } else if (!d.places.empty()) {
    return bad_shape();
  }
  event.attachments = std::move(d.attachments);
  return event;
}

tl::expected<std::vector<std::string>, bridge_errc> room_names(const bridge_value& list) {
  if (!list.is(json_kind::array) && !list.is(json_kind::object)) return bad_shape();
  std::vector<std::string> names;
  for (const auto& name : list.elements()) {
    if (name.is(json_kind::array) || name.is(json_kind::object)) return bad_shape();
    names.push_back(name.text());
  }
  return names;
}

}  // namespace pushmesh::net
