#include "net/protocol/bridge/feed_marker.hpp"

#include <algorithm>
#include <charconv>

namespace pushmesh::net {

namespace {

constexpr std::string_view start_mark = "feed ";
constexpr std::string_view stop_mark = "switch ";
constexpr std::size_t tag_length = 6;

bool is_tag(std::string_view text) noexcept {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return text.size() == tag_length && std::all_of(text.begin(), text.end(), fits);
}

/// All of `text`; 0: it is no number that encode_feed_marker() writes.
std::uint64_t number_of(std::string_view text) noexcept {
  if (text.starts_with('0')) return 0;
  std::uint64_t n = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, n);
  return read.ec == std::errc{} && read.ptr == end ? n : 0;
}

}  // namespace

std::string encode_feed_marker(const feed_marker& m) {
  const auto number = std::to_string(m.number);
  if (m.what == feed_marker::kind::stop) return std::string(stop_mark) + number;
  return std::string(start_mark) + std::string(m.tag) + ' ' + number;
}

std::optional<feed_marker> decode_feed_marker(std::string_view text) noexcept {
  feed_marker m;
  if (text.starts_with(stop_mark)) {
    m.what = feed_marker::kind::stop;
    text.remove_prefix(stop_mark.size());
  } else if (text.starts_with(start_mark)) {
    text.remove_prefix(start_mark.size());
    m.tag = text.substr(0, tag_length);
    if (!is_tag(m.tag) || !text.substr(tag_length).starts_with(' ')) return {};
    text.remove_prefix(tag_length + 1);
  } else {
    return {};
  }
  m.number = number_of(text);
  if (m.number == 0) return {};
  return m;
}

}  // namespace pushmesh::net
