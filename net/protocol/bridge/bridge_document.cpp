#include "net/protocol/bridge/bridge_document.hpp"

namespace pushmesh::net {

std::string bridge_value::text() const {
  return is(json_kind::string) ? decode_json_string(raw()) : std::string(raw());
}

bridge_value bridge_value::find(std::string_view key) const {
  bridge_value found;
  if (!is(json_kind::object)) return found;
  for (auto i = index_ + 1; i < here().next;) {
    const bridge_value name(*d_, i);
    const bridge_value value(*d_, d_->nodes[i].next);
    // The names looked for are plain: as JSON they are themselves in quotes.
    if (name.raw().substr(1, name.raw().size() - 2) == key) found = value;
    i = value.here().next;
  }
  return found;
}

std::vector<bridge_value> bridge_value::elements() const {
  std::vector<bridge_value> all;
  const auto is_map = is(json_kind::object);
  if (!is_map && !is(json_kind::array)) return all;
  for (auto i = index_ + 1; i < here().next; i = d_->nodes[i].next) {
    if (is_map) i = d_->nodes[i].next;
    all.emplace_back(*d_, i);
  }
  return all;
}

}  // namespace pushmesh::net
