#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/protocol/utf8.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::net {

/// What a peer sent: a whole message (text or binary, fragments joined) or a control frame.
struct ws_event {
  ws_opcode kind;            ///< text, binary, close, ping or pong; never continuation
  std::string_view payload;  ///< valid until the next call of next(); for close: the reason text
  std::uint16_t close_code;  ///< close only: the peer's code, 1005 when it sent none
};

/// Why the stream was refused, as the status code of the Close frame that answers it.
struct ws_error {
  std::uint16_t close_code;  ///< 1002 framing, 1007 bad UTF-8, 1009 too big
  std::string_view what;
};

/// RFC 6455 receive side. Pull style: hand it what was read, call next() until it wants more.
/// Unmasks in place; bytes are copied only when a frame or a fragmented message is not complete
/// at the end of a read, so an idle parser owns no buffer.
class websocket_parser {
 public:
  websocket_parser(ws_role role, std::size_t max_payload) noexcept;
  ~websocket_parser();
  websocket_parser(websocket_parser&&) noexcept;
  websocket_parser& operator=(websocket_parser&&) noexcept;

  /// Consumes from the front of `input` and returns the next event; nullopt when all of `input`
  /// is consumed and more is needed. After an error the parser must not be used again. No
  /// allocation is made for announced bytes that have not arrived.
  tl::expected<std::optional<ws_event>, ws_error> next(std::span<char>& input);

  /// Bytes kept for incomplete messages.
  std::size_t buffered() const noexcept;

 private:
  struct partial;
  partial& keep();
  tl::expected<std::optional<ws_event>, ws_error> next_frame(std::span<char>& input);

  std::unique_ptr<partial> partial_;  // only while something is incomplete
  std::uint32_t max_payload_;
  ws_role role_;
};

}  // namespace pushmesh::net
