#pragma once

#include <string_view>

/// What texts the options accept, beyond their type.
namespace pushmesh::config {

inline constexpr const char* address_form =
    "HOST:PORT such as 127.0.0.1:3000, where HOST is an IP address or localhost";

bool is_not_empty(std::string_view text);
/// HOST:PORT, see parse_address().
bool is_address(std::string_view text);
bool is_address_or_empty(std::string_view text);
/// HOST:PORT of another node, where HOST may be a DNS name.
bool is_peer(std::string_view text);
/// Anything, also nothing.
bool is_any(std::string_view text);
/// The same characters as a node's name, at least one.
bool is_cluster_name(std::string_view text);
/// A URL that net/redis/redis_url.hpp reads, or nothing.
bool is_redis_url_or_empty(std::string_view text);
/// At most 64 characters that need no escape in logs, labels and addresses; may be empty.
bool is_node_name(std::string_view text);
/// Begins and ends with a slash, unreserved characters of RFC 3986 section 2.3 between.
bool is_endpoint_path(std::string_view text);
/// A slash and up to 255 printable characters; no comma and no question mark, which end a
/// namespace in a packet.
bool is_namespace(std::string_view text);
/// Up to 64 bytes without control characters, none that Socket.IO keeps for itself.
bool is_event_name(std::string_view text);
/// `*`, or scheme://host[:port] without a path (RFC 6454 section 6.2).
bool is_origin(std::string_view text);
/// A header's name in lower case, a prefix with `*` behind it, or `*`.
bool is_header_pattern(std::string_view text);

}  // namespace pushmesh::config
