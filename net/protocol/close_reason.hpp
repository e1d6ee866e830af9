#pragma once

#include <cstdint>
#include <string_view>

namespace pushmesh {

/// Why a socket or its connection ended. The first nine carry the words of the official server;
/// the rest are ours. Numbers are stable: metrics and logs use them.
enum class close_reason : std::uint8_t {
  none = 0,
  server_namespace_disconnect = 1,
  client_namespace_disconnect = 2,
  server_shutting_down = 3,
  ping_timeout = 4,
  transport_close = 5,
  transport_error = 6,
  parse_error = 7,
  forced_close = 8,
  forced_server_close = 9,
  connect_timeout = 10,  ///< no namespace joined in time
  slow_consumer = 11,    ///< its outbound queue passed its bytes or its age
  node_overloaded = 12,  ///< the node's outbound budget is used up and this queue was the largest,
                         ///< or its unfinished binary packet was the oldest of too many
  message_too_big = 13,  ///< a message passed max_payload
  handler_failed = 14,   ///< the application's handler threw
  rate_limited = 15,     ///< more messages per second than max_message_rate
};

/// What the client is expected to do after this close.
enum class client_advice : std::uint8_t { reconnect, stay_away, fix_the_client };

struct close_reason_info {
  std::string_view name;         ///< as the application sees it: "ping timeout"
  std::string_view sentence;     ///< for people
  std::uint16_t websocket_code;  ///< RFC 6455 section 7.4 code sent in our Close frame
  client_advice advice;
};

/// Name, sentence, WebSocket close code and advice of a reason.
const close_reason_info& info(close_reason r) noexcept;
inline std::string_view to_string(close_reason r) noexcept {
  return info(r).name;
}

}  // namespace pushmesh
