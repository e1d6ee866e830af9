#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node/bench/client_packets.hpp"
#include "cluster/node/bench/failure.hpp"
#include "net/protocol/websocket_parser.hpp"

namespace pushmesh::bench {

/// What a client_session tells the one who feeds it.
class session_events {
 public:
  virtual ~session_events() = default;
  /// The namespace is joined.
  virtual void live() = 0;
  /// A stamped broadcast of `bytes` came.
  virtual void stamped(const stamp& s, std::size_t bytes) = 0;
  /// The server answered ack id `id`.
  virtual void acked(std::uint64_t id) = 0;
  /// The server pinged, and is answered.
  virtual void pinged() = 0;
  /// The server asked for an ack, and is answered.
  virtual void ack_asked() = 0;
  /// An event or a binary message of `bytes` that is none of the above.
  virtual void other(std::size_t bytes) = 0;
  /// The upgrade was refused with this HTTP status.
  virtual void refused_with(int status) = 0;
};

/// The client's side of one Socket.IO v5 connection over WebSocket, without its socket: bytes in,
/// events and bytes out. Small, as there are 100,000 of them. Owned by a connection of the worker.
class client_session {
 public:
  client_session();

  /// Takes bytes the server sent, in any pieces; appends what is to be answered to `out`. A
  /// failure ends the session. `input` is scratch: its content may be changed.
  std::optional<failure> feed(std::span<char> input, const client_phrases& phrases,
                              std::string& out, session_events& events);

  bool is_live() const noexcept { return stage_ == stage::live; }

 private:
  enum class stage : std::uint8_t { upgrading, opening, joining, live };
  struct talk;  // what one feed() works with

  std::optional<failure> read_head(std::span<char>& input, session_events& events);
  std::optional<failure> read_event(const net::ws_event& event, talk& with);
  std::optional<failure> read_text(std::string_view text, talk& with);
  std::optional<failure> read_packet(std::string_view text, talk& with);

  std::unique_ptr<std::string> head_;  // of the HTTP answer, while it is not complete
  net::websocket_parser parser_;
  stage stage_ = stage::upgrading;
};

}  // namespace pushmesh::bench
