#pragma once

#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <tl/expected.hpp>

#include "net/transport/byte_stream.hpp"
#include "net/transport/tls/tls_context.hpp"
#include "net/transport/tls/tls_options.hpp"

namespace pushmesh::net {

/// What the listeners of a node need to speak TLS: certificate, key and the policy for clients. One
/// per node, used by all its loops, any thread.
class tls_server {
 public:
  /// Reads the files. The error names the option and the file and says what is wrong.
  static tl::expected<std::shared_ptr<tls_server>, std::string> load(tls_options options);

  /// Reads the files again: connections accepted from now on get the new certificate, those that
  /// exist keep theirs. After an error everything stays as it was.
  tl::expected<void, std::string> reload();

  /// A stream that makes the handshake as it is read from.
  std::unique_ptr<byte_stream> accept(io_loop& loop, byte_stream::socket s) const;

  /// One line about the certificate in use, with its end.
  std::string about() const;
  /// When the certificate in use ends.
  std::time_t certificate_end() const;

 private:
  struct material {
    ssl_ctx_ptr context;
    own_certificate own;
  };
  explicit tls_server(tls_options options) : options_(std::move(options)) {}
  static tl::expected<material, std::string> read(const tls_options& options);

  const tls_options options_;
  mutable std::mutex mutex_;
  material current_;
};

}  // namespace pushmesh::net
