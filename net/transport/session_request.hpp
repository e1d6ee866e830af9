#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "net/protocol/errc.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/loop_task.hpp"

namespace pushmesh::net {

/// An Engine.IO session id as a value.
using session_key = std::array<char, 20>;
/// nullopt when `sid` has not the length of one.
std::optional<session_key> to_session_key(std::string_view sid) noexcept;
inline std::string_view view(const session_key& key) noexcept {
  return {key.data(), key.size()};
}

/// Names an HTTP request that waits for its answer: the loop its connection lives on, and a number
/// there, never used twice.
struct exchange_id {
  io_loop* loop = nullptr;
  std::uint64_t number = 0;
  explicit operator bool() const noexcept { return loop != nullptr; }
  friend bool operator==(const exchange_id&, const exchange_id&) = default;
};

/// What a polling request, or a plain one that had to wait, is answered with. CORS and connection
/// headers are added where the connection is.
struct polling_answer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// An HTTP request for a session that polls, or news of one.
struct polling_request {
  enum class kind : std::uint8_t {
    get,         ///< asks for packets; the answer may take its time
    post_begun,  ///< a POST whose body is not here yet; not answered by itself
    post,        ///< brings packets
    other,       ///< nothing a session understands (another method or transport)
    // News of the exchange `from`; never answered.
    hurry,     ///< another request waits behind this one on its connection: answer it now
    gone,      ///< the client aborted it
    withdrawn  ///< a POST that was refused before its end
  };
  session_key sid;
  kind what;
  exchange_id from;
  std::string body{};      ///< of a post
  bool is_binary = false;  ///< the body is application/octet-stream
};

/// A WebSocket that asks to take over a polling session.
struct session_upgrade {
  session_key sid;
  std::unique_ptr<byte_stream> stream;
  std::string response;      ///< the 101 answer, not yet written
  std::string already_read;  ///< what came behind the request
};

/// Brings `request` to its session: on this loop at once; on another loop of the node with the next
/// turn there; on another node over its link. Who nobody knows is answered "Session ID unknown".
void route(io_loop& here, session_request request);

/// The answer to a request whose session is not known, or that it does not take.
void refuse(io_loop& here, session_request request, errc why);

}  // namespace pushmesh::net
