#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "net/transport/byte_stream.hpp"
#include "net/transport/tls/tls_context.hpp"
#include "net/transport/tls/tls_options.hpp"

namespace pushmesh::net {

/// What the node needs to speak TLS with a server it connects to: whom it trusts, and its own
/// certificate if there is one. Read-only, any thread.
class tls_connector {
 public:
  /// Reads the files. The error names the option, which is `prefix` and the member's name, and the
  /// file, and says what is wrong.
  static tl::expected<std::shared_ptr<const tls_connector>, std::string> load(
      const tls_connector_options& options, std::string_view prefix);

  /// A stream on a connected socket; its handshake() comes first. `host` is what was connected to:
  /// the certificate must be for it, unless the options name another.
  std::unique_ptr<byte_stream> connect(io_loop& loop, byte_stream::socket s,
                                       const std::string& host) const;

 private:
  tls_connector(ssl_ctx_ptr context, std::string name)
      : context_(std::move(context)), name_(std::move(name)) {}

  ssl_ctx_ptr context_;
  std::string name_;
};

}  // namespace pushmesh::net
