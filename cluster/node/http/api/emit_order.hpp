#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace pushmesh::http {

/// What is wrong with a body, for its sender.
struct body_error {
  std::string message;
  std::string field{};  ///< which member; empty: the whole
};

/// The body of POST /api/v1/emit.
struct emit_order {
  std::string nsp = "/";
  std::optional<std::vector<std::string>> rooms{};  ///< nullopt: everybody in the namespace
  std::vector<std::string> except{};
  std::string event{};
  std::string_view args{};  ///< JSON values with commas between, as they stand in the body
};

/// Reads a body that is no longer than the listener allows. Every byte may come: it must be UTF-8
/// and one JSON object of at most `max_depth` levels, with known members only and none of them
/// twice: a misspelt `rooms` must not turn into a message to everybody.
tl::expected<emit_order, body_error> parse_emit_order(std::string_view body, std::size_t max_depth);

}  // namespace pushmesh::http
