#include "actors/api/json/failure.hpp"

#include <algorithm>

#include "actors/api/json/node.hpp"
#include "actors/api/json_error.hpp"
#include "net/protocol/json_scanner.hpp"

namespace pushmesh::json_detail {
namespace {

/// Bytes of a client's value that a message may quote.
constexpr std::size_t longest_quote = 40;

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// Cuts at the end of a UTF-8 character.
std::string shortened(std::string text) {
  constexpr std::string_view dots = "...";
  if (text.size() <= longest_quote) return text;
  auto end = longest_quote - dots.size();
  while (end > 0 && continues_character(text[end])) --end;
  text.resize(end);
  return text.append(dots);
}

std::string quoted(const node& value) {
  std::string text;
  append_node(text, value, longest_quote);
  return shortened(std::move(text));
}

std::string described(const node& value) {
  std::string text(to_string(value.kind()));
  if (value.kind() == json_kind::null) return text;
  return text.append(" ").append(quoted(value));
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// A member's name in a path: `.price`, and `["any other"]` for what a client may have made up.
std::string step(std::string_view name) {
  const bool plain = !name.empty() && name.size() <= longest_quote &&
                     std::all_of(name.begin(), name.end(), is_plain);
  if (plain) return std::string(".").append(name);
  std::string text;
  net::append_json_string(text, name.substr(0, longest_quote + 1));
  return "[" + shortened(std::move(text)) + "]";
}

}  // namespace

bool failure::expected(std::string_view what, const node& got) {
  if (!wanted_) return false;
  reason_.append("expected ").append(what).append(", got ").append(described(got));
  return false;
}

bool failure::expected_elements(std::size_t count, const node& got) {
  if (!wanted_) return false;
  reason_ = "expected array of " + std::to_string(count) + (count == 1 ? " element" : " elements") +
            ", got " + std::to_string(got.size());
  return false;
}

bool failure::does_not_fit(const node& got, std::string_view where) {
  if (wanted_) reason_ = quoted(got).append(" does not fit in ").append(where);
  return false;
}

bool failure::missing_member(std::string_view name) {
  if (!wanted_) return false;
  std::string text;
  net::append_json_string(text, name);
  reason_ = "member " + shortened(std::move(text)) + " is missing";
  return false;
}

bool failure::missing_element(std::size_t index, std::size_t size) {
  if (!wanted_) return false;
  reason_ =
      "element " + std::to_string(index) + " is missing: the array has " + std::to_string(size);
  return false;
}

bool failure::malformed(std::string_view what, std::size_t byte) {
  if (!wanted_) return false;
  reason_.append("unusable JSON at byte ").append(std::to_string(byte)).append(": ").append(what);
  return false;
}

bool failure::too_deep(std::size_t limit) {
  if (wanted_) reason_ = "nested deeper than " + std::to_string(limit) + " levels";
  return false;
}

bool failure::in_member(std::string_view name) {
  if (wanted_) path_.insert(0, step(name));
  return false;
}

bool failure::in_element(std::size_t index) {
  if (wanted_) path_.insert(0, "[" + std::to_string(index) + "]");
  return false;
}

std::string failure::text() const {
  if (path_.empty()) return reason_;
  const auto path = std::string_view(path_).substr(path_.front() == '.' ? 1 : 0);
  return std::string(path).append(": ").append(reason_);
}

void failure::raise() const {
  throw json_error(text());
}

}  // namespace pushmesh::json_detail
