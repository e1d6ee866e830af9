#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "net/transport/session_request.hpp"

namespace pushmesh::net {

/// Two nodes are concerned with a client whose requests do not come to the node of its session: the
/// *edge*, which has the client's connection, and the *home*, which has the session. Exchanges and
/// tunnels are numbered by the edge; the loop that made a number is part of it.
constexpr std::uint64_t relay_number(std::uint16_t loop, std::uint64_t count) noexcept {
  return count << 12 | loop;
}
constexpr std::uint16_t loop_of(std::uint64_t relay_number) noexcept {
  return relay_number & 0xfff;
}

/// To the home: what a polling_request is between loops.
struct relayed_request {
  std::uint64_t exchange = 0;
  session_key sid{};
  polling_request::kind what{};
  bool is_binary = false;
  std::string body{};
};

/// To the edge: the answer to one.
struct relayed_answer {
  std::uint64_t exchange = 0;
  polling_answer answer{};
};

/// To the home: a WebSocket asks to take over the session; what it reads and writes from now on
/// goes through this tunnel.
struct tunnel_open {
  std::uint64_t tunnel = 0;
  session_key sid{};
  std::string response{};      ///< the 101 answer, not yet written
  std::string already_read{};  ///< what came behind the request
};

/// Where the receiver of a message about tunnels finds them: `loop` is one of its own.
struct tunnel_place {
  enum class side : std::uint8_t { home, edge };
  side to = side::home;
  std::uint16_t loop = 0;
  friend auto operator<=>(const tunnel_place&, const tunnel_place&) = default;
};

/// Bytes of one client, or for some: frames that many of them get cross a link once.
struct tunnel_data {
  tunnel_place at{};
  std::vector<std::uint64_t> tunnels{};
  std::string bytes{};
};

/// So many bytes more may be sent through a tunnel.
struct tunnel_grant {
  std::uint64_t tunnel = 0;
  std::uint64_t bytes = 0;
};
struct tunnel_credit {
  tunnel_place at{};
  std::vector<tunnel_grant> grants{};
};

struct tunnel_end {
  enum class how : std::uint8_t {
    finished,  ///< nothing more comes from this side
    closed,    ///< the same, and what the other side still sends is not read
    reset      ///< at once, without what is on its way
  };
  tunnel_place at{};
  std::uint64_t tunnel = 0;
  how what = how::finished;
};

using relay_message = std::variant<tunnel_data, tunnel_credit, relayed_request, relayed_answer,
                                   tunnel_open, tunnel_end>;

/// Bytes that may be under way in one direction of a tunnel: what a client that does not read costs
/// the edge, beside the last frame.
inline constexpr std::int64_t tunnel_window = 64 * 1024;

}  // namespace pushmesh::net
