#pragma once

#include <any>
#include <functional>
#include <string_view>

#include "net/protocol/close_reason.hpp"
#include "net/transport/handshake.hpp"

namespace pushmesh {

namespace actors {
class raw_session;
}

/// One client of a bare Engine.IO endpoint: messages, without Socket.IO's namespaces, events and
/// acknowledgements. A reference is valid during the handler that got it, on that thread.
class engineio_socket {
 public:
  explicit engineio_socket(actors::raw_session& s) noexcept : s_(s) {}
  engineio_socket(const engineio_socket&) = delete;
  engineio_socket& operator=(const engineio_socket&) = delete;

  /// UTF-8. Dropped once the connection is closed; a client that does not read is closed, as the
  /// server's overflow policy says.
  void send(std::string_view text);
  void send_binary(std::string_view bytes);
  void close();

  /// Request that opened the connection.
  const net::handshake& handshake() const noexcept;
  /// Engine.IO version of the client, 3 or 4.
  int protocol() const noexcept;
  /// `polling` or `websocket`, now.
  std::string_view transport() const noexcept;
  /// Anything the application wants to keep with the client.
  std::any& data() noexcept;

 private:
  actors::raw_session& s_;
};

/// What an application does with the clients of a bare Engine.IO endpoint. Each may be empty. They
/// run on the client's shard; one that throws closes its client, nothing else.
struct engineio_handlers {
  std::function<void(engineio_socket&)> open{};
  std::function<void(engineio_socket&, std::string_view text)> text{};
  std::function<void(engineio_socket&, std::string_view bytes)> binary{};
  std::function<void(engineio_socket&, close_reason)> closed{};
};

}  // namespace pushmesh
