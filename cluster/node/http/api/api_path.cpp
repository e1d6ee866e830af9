#include "cluster/node/http/api/api_path.hpp"

#include <algorithm>

#include "net/protocol/percent_encoding.hpp"
#include "net/protocol/utf8.hpp"

namespace pushmesh::http {
namespace {

bool is_path_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

bool has_path_form(std::string_view path) noexcept {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (is_path_char(path[i])) continue;
    if (!net::percent_encoded(path.substr(i))) return false;
    i += 2;
  }
  return true;
}

}  // namespace

std::optional<std::vector<std::string_view>> split_path(std::string_view target) {
  auto path = target.substr(0, target.find('?'));
  if (!path.starts_with('/') || !has_path_form(path)) return std::nullopt;
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

std::optional<std::string> decode_segment(std::string_view segment) {
  std::string text;
  text.reserve(segment.size());
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      text += segment[i];
      continue;
    }
    const auto byte = net::percent_encoded(segment.substr(i));
    if (!byte) return std::nullopt;
    text += *byte;
    i += 2;
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (text.empty() || text == "." || text == "..") return std::nullopt;
  if (std::any_of(text.begin(), text.end(), is_control)) return std::nullopt;
  if (!net::is_valid_utf8(text)) return std::nullopt;
  return text;
}

}  // namespace pushmesh::http
