#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "net/protocol/errc.hpp"

namespace pushmesh::net {

enum class transport_kind : std::uint8_t { polling, websocket };

/// The query of an Engine.IO request, checked.
struct engineio_request {
  std::uint8_t version = 4;  ///< EIO parameter: 3 or 4
  transport_kind transport = transport_kind::websocket;
  bool base64_only = false;  ///< `b64` parameter: a polling client that cannot read binary bodies
  std::string_view sid;      ///< empty for a new session; view into the target
};

/// One decoded query parameter. `+` is a space, %XX is decoded, broken escapes stay as they are.
struct query_parameter {
  std::string name;
  std::string value;
};

/// Splits an origin-form request target into its path and its raw query (without `?`).
std::pair<std::string_view, std::string_view> split_target(std::string_view target) noexcept;

/// All parameters in order of appearance (a repeated name is listed again).
std::vector<query_parameter> parse_query(std::string_view query);

/// Checks `transport`, `EIO` and `sid`. A missing or odd EIO counts only in requests without sid.
/// Errors in this order: transport_unknown, unsupported_version (EIO neither 3 nor 4).
tl::expected<engineio_request, errc> parse_engineio_request(std::string_view query);

/// Status and body of a refused Engine.IO request, as the official server words it:
/// 403 for forbidden, else 400, body `{"code":1,"message":"Session ID unknown"}`.
struct engineio_refusal {
  int status;
  std::string body;
};
engineio_refusal refusal_of(errc e);

}  // namespace pushmesh::net
