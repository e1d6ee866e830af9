#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

#include "net/transport/tls/tls_server.hpp"
#include "tests/unit/certificate_folder.hpp"

namespace pushmesh::net::test {

/// Certificates for this program's tests, made once: `a/server.crt`, `a/alice.crt` of the CA
/// `a/ca.crt`, and the same of another CA below `b/`.
const pushmesh::test::certificate_folder& tls_files();

/// Options of a server with `a/server.crt`.
tls_options server_tls();
/// Loads; a failure fails the test.
std::shared_ptr<tls_server> load_tls(const tls_options& options = server_tls());

/// What a client does besides what it does by default: TLS 1.3, no certificate of its own.
struct tls_client_options {
  int version = TLS1_3_VERSION;
  std::string cert{};              ///< file below tls_files(), without its extension
  SSL_SESSION* session = nullptr;  ///< to resume
};

/// The client's side of TLS on a non-blocking descriptor that it does not own. It trusts `a/ca.crt`
/// and checks the name "localhost".
class tls_client {
 public:
  explicit tls_client(int fd, const tls_client_options& options = {});

  /// One attempt to go on with the handshake; true when it is done.
  bool handshake();
  bool failed() const noexcept { return failed_; }
  /// Takes what it can; the number of bytes.
  std::size_t send(std::string_view bytes);
  /// Reads what is there into received().
  void receive();
  std::string& received() noexcept { return received_; }
  /// The server said that nothing more follows.
  bool said_goodbye() const noexcept;
  bool resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
  /// Subject of the server's certificate.
  std::string server_name() const;
  SSL* ssl() const noexcept { return ssl_.get(); }

 private:
  struct deleter {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  bool failed_ = false;
  std::string received_;
  std::unique_ptr<SSL_CTX, deleter> context_;
  std::unique_ptr<SSL, deleter> ssl_;
};

}  // namespace pushmesh::net::test
