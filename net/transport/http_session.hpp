#pragma once

#include <memory>
#include <string>

#include "net/protocol/errc.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/intrusive_list.hpp"
#include "net/transport/listener_role.hpp"

namespace pushmesh::net {

class io_loop;

/// One client connection while it speaks HTTP/1.1: requests one after the other, of any number of
/// sessions, until one of them becomes a WebSocket. Owns itself; ends with its descriptor or the
/// upgrade.
class http_session : public list_hook<http_session> {
 public:
  /// `address`: the peer's IP address, textual.
  static void start(io_loop& loop, std::shared_ptr<const listener_role> role,
                    std::unique_ptr<byte_stream> stream, std::string address);
  /// Answers an upgrade request whose descriptor came from another loop, and closes it.
  static void refuse_upgrade(io_loop& loop, std::unique_ptr<byte_stream> stream, errc why);
  /// Closes the descriptor.
  virtual void cut() = 0;
  /// The same where no request is under way.
  virtual void cut_if_idle() = 0;
  /// Bytes of an Engine.IO request that has not arrived whole.
  virtual std::size_t partial_bytes() const noexcept { return 0; }

 protected:
  ~http_session() = default;
};

}  // namespace pushmesh::net
