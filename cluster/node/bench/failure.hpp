#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pushmesh::bench {

/// Why a connection was not made, or ended.
enum class failure : std::uint8_t {
  refused,            ///< ECONNREFUSED: nobody listens, or its backlog is full
  reset,              ///< ECONNRESET, EPIPE: cut off
  timed_out,          ///< no answer in --connect-timeout, or ETIMEDOUT
  unreachable,        ///< no route, or not allowed
  descriptors,        ///< EMFILE, ENFILE
  source_ports,       ///< EADDRNOTAVAIL: all ports of the source addresses are taken
  memory,             ///< ENOMEM, ENOBUFS
  http_status,        ///< the server answered the upgrade with something else than 101
  bad_upgrade,        ///< the answer to the upgrade is no WebSocket handshake
  namespace_refused,  ///< CONNECT_ERROR
  disconnected,       ///< DISCONNECT of the namespace, or Engine.IO close
  closed,             ///< Close frame, or the end of the stream
  bad_frame,          ///< RFC 6455 was broken
  bad_packet,         ///< no Engine.IO or Socket.IO packet
  other,
};

inline constexpr std::size_t failure_kinds = static_cast<std::size_t>(failure::other) + 1;

/// A key for JSON: `source_ports`.
std::string_view name_of(failure f) noexcept;
/// A few words for people.
std::string_view words_of(failure f) noexcept;

/// What an errno of socket(), bind(), connect(), send() or recv() means.
failure failure_of(int error) noexcept;

}  // namespace pushmesh::bench
