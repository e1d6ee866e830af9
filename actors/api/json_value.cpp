#include "actors/api/json_value.hpp"

namespace pushmesh {

namespace json_detail {

bool read_value(const node& in, json_value& out) {
  out = json_value(in);
  return true;
}

void append_value(std::string& out, const json_value& value) {
  append_node(out, value.node());
}

void append_value(payload_writer& out, const json_value& value) {
  const auto& attachments = value.attachments_;
  if (!attachments) return append_node(out.text(), value.node());
  out.raw(value.raw(), *attachments);
}

}  // namespace json_detail

namespace {

void require(json_kind wanted, const json_detail::node& got) {
  if (got.kind() == wanted) return;
  json_detail::failure why;
  why.expected(to_string(wanted), got);
  why.raise();
}

}  // namespace

json_value json_value::operator[](std::string_view name) const {
  require(json_kind::object, node());
  if (auto found = find(name)) return *std::move(found);
  json_detail::failure why;
  why.missing_member(name);
  why.raise();
}

json_value json_value::operator[](std::size_t index) const {
  require(json_kind::array, node());
  if (index < size()) return item<json_value>(index);
  json_detail::failure why;
  why.missing_element(index, size());
  why.raise();
}

std::optional<json_value> json_value::find(std::string_view name) const {
  const auto self = node();
  const auto found = self.find(name);
  if (!found) return std::nullopt;
  return json_value(*found);
}

json_detail::json_sequence<json_value> json_value::elements() const {
  require(json_kind::array, node());
  return json_detail::json_sequence<json_value>(*this);
}

json_detail::json_sequence<json_member> json_value::members() const {
  require(json_kind::object, node());
  return json_detail::json_sequence<json_member>(*this);
}

std::string json_value::raw() const {
  std::string out;
  json_detail::append_node(out, node());
  return out;
}

template <>
json_value json_value::item<json_value>(std::size_t index) const {
  return json_value(node().element(index));
}

template <>
json_member json_value::item<json_member>(std::size_t index) const {
  return {node().member_name(index), json_value(node().member(index))};
}

}  // namespace pushmesh
