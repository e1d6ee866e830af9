#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace pushmesh::net {

/// The head of an HTTP request as views; header names in lower case.
struct http_head {
  std::string_view method;
  std::string_view target;
  unsigned version = 11;  ///< 10 * major + minor
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  std::string_view header(std::string_view lower_case_name) const noexcept {
    for (auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return {};
  }
};

/// ASCII without regard to case.
bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;
/// Whether a comma-separated list (RFC 9110 section 5.6.1) holds `token`, without regard to case.
bool list_contains(std::string_view list, std::string_view token) noexcept;
/// The first element of a comma-separated list; empty when there is none.
std::string_view first_of_list(std::string_view list) noexcept;

}  // namespace pushmesh::net
