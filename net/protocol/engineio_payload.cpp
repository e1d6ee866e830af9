#include "net/protocol/engineio_payload.hpp"

#include <algorithm>

#include "net/protocol/base64.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::net {
namespace {

constexpr char separator = '\x1e';
constexpr char binary_message = '\x04';
// More digits are more than any body may hold.
constexpr std::size_t max_length_digits = 10;

tl::unexpected<errc> bad_framing() {
  return tl::make_unexpected(errc::bad_payload_framing);
}

// Code units of the character that starts with `lead`: 4 bytes of UTF-8 are a surrogate pair.
std::size_t units_of(char lead) noexcept {
  const auto c = static_cast<unsigned char>(lead);
  if ((c & 0xC0) == 0x80) return 0;
  return c >= 0xF0 ? 2 : 1;
}

// Bytes at the front of `text` that make exactly `units` code units; nullopt when there are not as
// many, or the border would cut a character.
std::optional<std::size_t> bytes_of_units(std::string_view text, std::size_t units) noexcept {
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    const auto n = units_of(text[i]);
    if (n == 0) continue;
    if (units == 0) return i;
    if (n > units) return std::nullopt;
    units -= n;
  }
  return units == 0 ? std::optional(i) : std::nullopt;
}

// Takes the digits in front of `end` off `rest`, where `zero` is the digit 0.
std::optional<std::size_t> take_length(std::string_view& rest, char end, char zero) noexcept {
  std::size_t value = 0;
  for (std::size_t i = 0; i < rest.size() && i <= max_length_digits; ++i) {
    if (rest[i] == end) {
      rest.remove_prefix(i + 1);
      return i > 0 ? std::optional(value) : std::nullopt;
    }
    const auto digit = static_cast<unsigned char>(rest[i] - zero);
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return std::nullopt;
}

std::string_view take(std::string_view& rest, std::size_t n) noexcept {
  const auto front = rest.substr(0, n);
  rest.remove_prefix(n);
  return front;
}

}  // namespace

tl::expected<std::optional<payload_item>, errc> payload_reader::next() {
  if (rest_.empty() && may_end_) return std::nullopt;
  if (rest_.empty()) return tl::make_unexpected(errc::empty_packet);
  switch (form_) {
    case payload_form::v4:
      return next_v4();
    case payload_form::v3_text:
      may_end_ = true;
      return next_v3_text();
    case payload_form::v3_binary:
      may_end_ = true;
      return next_v3_binary();
  }
  return bad_framing();
}

payload_reader::result payload_reader::text(std::string_view item) const {
  if (item.empty()) return tl::make_unexpected(errc::empty_packet);
  if (!is_valid_utf8(item)) return tl::make_unexpected(errc::invalid_text);
  return payload_item{item, false};
}

payload_reader::result payload_reader::decoded(std::string_view base64) {
  if (!decode_base64(base64, bytes_)) return bad_framing();
  return payload_item{bytes_, true};
}

payload_reader::result payload_reader::next_v4() {
  const auto end = rest_.find(separator);
  const auto item = take(rest_, std::min(end, rest_.size()));
  // A separator promises one more item, so that `4a^^` is wrong: its second item is empty.
  may_end_ = end == rest_.npos;
  if (!may_end_) rest_.remove_prefix(1);
  if (item.starts_with('b')) return decoded(item.substr(1));
  return text(item);
}

payload_reader::result payload_reader::next_v3_text() {
  const auto units = take_length(rest_, ':', '0');
  if (!units) return bad_framing();
  if (*units == 0) return tl::make_unexpected(errc::empty_packet);
  const auto size = bytes_of_units(rest_, *units);
  if (!size) return bad_framing();
  const auto item = take(rest_, *size);
  if (!item.starts_with('b')) return text(item);
  if (!item.starts_with("b4")) return bad_framing();
  return decoded(item.substr(2));
}

payload_reader::result payload_reader::next_v3_binary() {
  const char kind = rest_.front();
  if (kind != 0 && kind != 1) return bad_framing();
  rest_.remove_prefix(1);
  const auto size = take_length(rest_, '\xff', '\0');
  if (!size || *size > rest_.size()) return bad_framing();
  if (*size == 0) return tl::make_unexpected(errc::empty_packet);
  const auto item = take(rest_, *size);
  if (kind == 0) return text(item);
  if (item.front() != binary_message) return bad_framing();
  return payload_item{item.substr(1), true};
}

std::size_t utf16_length(std::string_view utf8) noexcept {
  std::size_t units = 0;
  for (char c : utf8) units += units_of(c);
  return units;
}

void append_payload_item(std::string& body, payload_form form, payload_item item) {
  switch (form) {
    case payload_form::v4:
      if (!body.empty()) body += separator;
      if (!item.is_binary) {
        body += item.data;
        return;
      }
      body += 'b';
      return append_base64(body, item.data);
    case payload_form::v3_text:
      if (!item.is_binary) {
        body.append(std::to_string(utf16_length(item.data))).append(1, ':').append(item.data);
        return;
      }
      body.append(std::to_string(2 + base64_size(item.data.size()))).append(":b4");
      return append_base64(body, item.data);
    case payload_form::v3_binary:
      body += item.is_binary ? '\1' : '\0';
      for (char c : std::to_string(item.data.size() + (item.is_binary ? 1 : 0)))
        body += static_cast<char>(c - '0');
      body += '\xff';
      if (item.is_binary) body += binary_message;
      body += item.data;
      return;
  }
}

}  // namespace pushmesh::net
