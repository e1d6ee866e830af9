#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/protocol/websocket_frame.hpp"
#include "net/protocol/websocket_parser.hpp"

namespace pushmesh::net::test {

struct received_frame {
  ws_opcode kind;
  std::string payload;
  std::uint16_t close_code = 0;
};

/// A client of our own on a non-blocking loopback socket: raw bytes, HTTP answers, frames.
class test_client {
 public:
  /// `receive_buffer` bytes of kernel buffer, 0 for the system's default.
  explicit test_client(std::uint16_t port, int receive_buffer = 0);
  ~test_client();
  test_client(const test_client&) = delete;
  test_client& operator=(const test_client&) = delete;

  /// All of it; only for what fits the kernel's buffers.
  void send(std::string_view bytes);
  void send_frame(ws_opcode op, std::string_view payload, bool fin = true);
  void send_text(std::string_view text) { send_frame(ws_opcode::text, text); }
  /// Ends our side of the stream.
  void finish();
  /// Resets the connection.
  void reset();

  /// Reads what is there. Everything below looks at what was read.
  void receive();
  const std::string& raw() const noexcept { return raw_; }
  bool ended() const noexcept { return ended_; }
  bool was_reset() const noexcept { return was_reset_; }
  /// From now on what comes behind the HTTP head is parsed as frames.
  void expect_frames() noexcept { framing_ = true; }
  std::vector<received_frame>& frames() noexcept { return frames_; }
  int descriptor() const noexcept { return fd_; }

 private:
  void parse();

  int fd_;
  std::string raw_;
  bool ended_ = false;
  bool was_reset_ = false;
  bool framing_ = false;
  bool head_seen_ = false;
  websocket_parser parser_{ws_role::client, 64 << 20};
  std::vector<received_frame> frames_;
};

/// A WebSocket upgrade request for `target`.
std::string upgrade_request(std::string_view target = "/socket.io/?EIO=4&transport=websocket",
                            std::string_view more_headers = {});
/// A client's frame, masked.
std::string client_frame(ws_opcode op, std::string_view payload, bool fin = true);

}  // namespace pushmesh::net::test
