#include "net/protocol/bridge/document_builder.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <utility>

#include "net/protocol/placeholders.hpp"

namespace pushmesh::net {
namespace {

template <class Number, class... Format>
void append_number(std::string& out, Number value, Format... format) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, format...).ptr;
  out.append(digits, end);
}

/// As JavaScript writes it, as far as that matters: integers have no exponent where they are exact.
void append_real(std::string& out, double value) {
  const auto size = std::fabs(value);
  if (value == 0)
    out += '0';  // JSON.stringify(-0) is 0
  else if (size >= 1e-6 && size < 1e21)
    append_number(out, value, std::chars_format::fixed);
  else
    append_number(out, value, std::chars_format::scientific);
}

}  // namespace

bool document_builder::fail(bridge_errc e) {
  if (!error_) error_ = e;
  return false;
}

bool document_builder::null() {
  return scalar(json_kind::null, [](std::string& out) { out += "null"; });
}

bool document_builder::boolean(bool value) {
  return scalar(json_kind::boolean, [value](std::string& out) { out += value ? "true" : "false"; });
}

bool document_builder::whole(std::int64_t value) {
  return scalar(json_kind::number, [value](std::string& out) { append_number(out, value); });
}

bool document_builder::whole(std::uint64_t value) {
  return scalar(json_kind::number, [value](std::string& out) { append_number(out, value); });
}

bool document_builder::real(double value) {
  if (!std::isfinite(value)) return null();
  return scalar(json_kind::number, [value](std::string& out) { append_real(out, value); });
}

bool document_builder::number(std::string_view json) {
  return scalar(json_kind::number, [json](std::string& out) { out += json; });
}

bool document_builder::text(std::string_view value) {
  return scalar(json_kind::string, [value](std::string& out) { append_json_string(out, value); });
}

bool document_builder::bytes(std::string_view value) {
  if (!open_.empty() && open_.back().is_map && open_.back().wants_key)
    return fail(bridge_errc::bad_shape);
  const auto index = document_.attachments.size();
  if (index >= limits_.max_attachments) return fail(bridge_errc::too_many_attachments);
  document_.attachments.emplace_back(std::string(value));
  return scalar(json_kind::object, [this, index](std::string& out) {
    document_.places.push_back(static_cast<std::uint32_t>(out.size()));
    append_placeholder(out, index);
  });
}

/// Separators, and the node if this level has some.
bool document_builder::start_value(json_kind kind, std::uint32_t& node) {
  if (error_) return false;
  if (whole_) return fail(bridge_errc::malformed);
  auto& out = document_.json;
  if (out.size() > limits_.max_json) return fail(bridge_errc::too_large);
  if (!open_.empty()) {
    auto& around = open_.back();
    const auto between = !around.is_map || around.wants_key;
    if (between && !std::exchange(around.empty, false)) out += ',';
  }
  node = no_node;
  if (open_.size() >= bridge_value::levels) return true;
  auto& nodes = document_.nodes;
  if (nodes.size() >= limits_.max_elements) return fail(bridge_errc::too_many_elements);
  node = static_cast<std::uint32_t>(nodes.size());
  nodes.push_back({static_cast<std::uint32_t>(out.size()), 0, 0, kind});
  return true;
}

bool document_builder::finish_value(std::uint32_t node) {
  auto& out = document_.json;
  if (node != no_node) {
    document_.nodes[node].end = static_cast<std::uint32_t>(out.size());
    document_.nodes[node].next = static_cast<std::uint32_t>(document_.nodes.size());
  }
  if (open_.empty()) {
    whole_ = true;
  } else if (auto& around = open_.back(); around.is_map) {
    if (around.wants_key) out += ':';
    around.wants_key = !around.wants_key;
  }
  return true;
}

/// Keys that are no strings become strings, as in JavaScript.
template <class Write>
bool document_builder::scalar(json_kind kind, Write write) {
  std::uint32_t node;
  const auto is_key = !open_.empty() && open_.back().is_map && open_.back().wants_key;
  if (!start_value(is_key ? json_kind::string : kind, node)) return false;
  const auto quoted = is_key && kind != json_kind::string;
  if (quoted) document_.json += '"';
  write(document_.json);
  if (quoted) document_.json += '"';
  return finish_value(node);
}

bool document_builder::begin(json_kind kind) {
  if (!open_.empty() && open_.back().is_map && open_.back().wants_key)
    return fail(bridge_errc::bad_shape);
  if (open_.size() >= limits_.max_depth) return fail(bridge_errc::too_deep);
  std::uint32_t node;
  if (!start_value(kind, node)) return false;
  const auto is_map = kind == json_kind::object;
  document_.json += is_map ? '{' : '[';
  open_.push_back({is_map, is_map, true, node});
  return true;
}

bool document_builder::end() {
  if (error_) return false;
  if (open_.empty()) return fail(bridge_errc::malformed);
  const auto closed = open_.back();
  if (closed.is_map && !closed.wants_key) return fail(bridge_errc::malformed);
  open_.pop_back();
  document_.json += closed.is_map ? '}' : ']';
  return finish_value(closed.node);
}

tl::expected<bridge_document, bridge_errc> document_builder::finish() && {
  if (!error_ && !whole_) error_ = bridge_errc::malformed;
  if (!error_ && document_.json.size() > limits_.max_json) error_ = bridge_errc::too_large;
  if (error_) return tl::make_unexpected(*error_);
  return std::move(document_);
}

}  // namespace pushmesh::net
