#include "cluster/node/http/api/api_routes.hpp"

#include <utility>

#include "cluster/node/http/api/api_path.hpp"

namespace pushmesh::http {
namespace {

std::vector<std::string> segments_of(std::string_view pattern) {
  std::vector<std::string> segments;
  for (std::size_t at = 0; at < pattern.size();) {
    const auto end = std::min(pattern.find('/', at + 1), pattern.size());
    segments.emplace_back(pattern.substr(at + 1, end - at - 1));
    at = end;
  }
  return segments;
}

bool is_parameter(std::string_view segment) noexcept {
  return segment.starts_with('{');
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  return true;
}

// nullopt when one of them is no text.
std::optional<std::vector<std::string>> parameters_of(const std::vector<std::string>& pattern,
                                                      const std::vector<std::string_view>& path) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (!is_parameter(pattern[i])) continue;
    auto text = decode_segment(path[i]);
    if (!text) return std::nullopt;
    all.push_back(std::move(*text));
  }
  return all;
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
  if (method == "GET") list += ", HEAD";
}

}  // namespace

api_routes::api_routes(std::vector<api_route> routes) {
  for (auto& r : routes) {
    auto segments = segments_of(r.path);
    entries_.push_back({std::move(r), std::move(segments)});
  }
}

route_match api_routes::match(std::string_view method, std::string_view target) const {
  using enum route_match::kind;
  route_match m;
  const auto path = split_path(target);
  if (!path) {
    m.what = bad_path;
    return m;
  }
  const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
  for (const auto& e : entries_) {
    if (!fits(e.segments, *path)) continue;
    allow(m.allow, e.route.method);
    m.what = m.what == unknown ? other_method : m.what;
    if (e.route.method != wanted) continue;
    auto parameters = parameters_of(e.segments, *path);
    m.what = parameters ? found : bad_path;
    if (!parameters) return m;
    m.route = &e.route;
    m.parameters = std::move(*parameters);
  }
  if (!m.allow.empty()) m.allow += ", OPTIONS";
  return m;
}

}  // namespace pushmesh::http
