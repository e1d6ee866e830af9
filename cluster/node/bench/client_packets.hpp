#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::bench {

/// Appends one masked frame whose payload is the concatenation of `pieces`.
void append_client_frame(std::string& out, net::ws_opcode op,
                         std::initializer_list<std::string_view> pieces);

/// What stamped broadcasts carry behind the event name.
struct stamp {
  std::int64_t sent_us = 0;  ///< CLOCK_MONOTONIC of the sender
  std::uint32_t seq = 0;
};

/// Reads `stamp,seq` from the front of the rest of a JSON array: `1234,7,"padding"]`. Stops behind
/// the second number.
std::optional<stamp> read_stamp(std::string_view args) noexcept;

/// What all clients of a run say, encoded once.
struct client_phrases {
  client_phrases(std::string_view nsp, std::string_view path);

  std::string path;
  std::string nsp;             ///< `/` or `/name`
  std::string in_packets;      ///< the namespace in packets: nothing or `/name,`
  std::string connect;         ///< `40/name,`
  std::string event;           ///< `42/name,`
  std::string ack;             ///< `43/name,`
  std::string stamped_prefix;  ///< `42/name,["bench",`

  /// The HTTP request of the handshake; `host` is HOST:PORT.
  std::string upgrade_request(std::string_view host) const;
};

/// The whole head of an HTTP answer, up to the blank line, is an upgrade to WebSocket that answers
/// client_phrases::upgrade_request (RFC 6455 section 4.1).
bool is_upgraded(std::string_view head);

/// Status code of an HTTP answer; 0 when the head is none.
int status_of(std::string_view head) noexcept;

/// Value of a header of an HTTP head, blanks around it cut; empty when there is none. `name` in
/// lower case.
std::string_view header_of(std::string_view head, std::string_view name) noexcept;

}  // namespace pushmesh::bench
