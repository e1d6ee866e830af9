#include "tests/unit/transport/test_tls.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <array>

#include "net/transport/tls/pem_files.hpp"

namespace pushmesh::net::test {

const pushmesh::test::certificate_folder& tls_files() {
  static const auto& made = []() -> const pushmesh::test::certificate_folder& {
    static const pushmesh::test::certificate_folder folder;
    const std::string make = PUSHMESH_SOURCE_DIR "/deploy/make-certs.sh ";
    folder.run(make + "a server=localhost,127.0.0.1 second=localhost alice=alice");
    folder.run(make + "b server=localhost alice=alice");
    return folder;
  }();
  return made;
}

tls_options server_tls() {
  return {.cert = tls_files().path("a/server.crt"), .key = tls_files().path("a/server.key")};
}

std::shared_ptr<tls_server> load_tls(const tls_options& options) {
  auto loaded = tls_server::load(options);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error());
  return *loaded;
}

tls_client::tls_client(int fd, const tls_client_options& options)
    : context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_security_level(context_.get(), 0);  // or it would refuse TLS 1.1 by itself
  SSL_CTX_set_min_proto_version(context_.get(), options.version);
  SSL_CTX_set_max_proto_version(context_.get(), options.version);
  SSL_CTX_load_verify_locations(context_.get(), tls_files().path("a/ca.crt").c_str(), nullptr);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context_.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!options.cert.empty()) {
    const auto file = tls_files().path(options.cert);
    REQUIRE(SSL_CTX_use_certificate_chain_file(context_.get(), (file + ".crt").c_str()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), (file + ".key").c_str(),
                                        SSL_FILETYPE_PEM) == 1);
  }
  ssl_.reset(SSL_new(context_.get()));
  SSL_set1_host(ssl_.get(), "localhost");
  if (options.session) SSL_set_session(ssl_.get(), options.session);
  SSL_set_fd(ssl_.get(), fd);
  SSL_set_connect_state(ssl_.get());
}

bool tls_client::handshake() {
  ERR_clear_error();
  const auto result = SSL_do_handshake(ssl_.get());
  if (result == 1) return true;
  const auto error = SSL_get_error(ssl_.get(), result);
  failed_ = failed_ || (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE);
  return false;
}

std::size_t tls_client::send(std::string_view bytes) {
  ERR_clear_error();
  std::size_t n = 0;
  SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
  return n;
}

void tls_client::receive() {
  std::array<char, 4096> buffer;
  std::size_t n = 0;
  ERR_clear_error();
  while (SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &n) == 1)
    received_.append(buffer.data(), n);
  const auto error = SSL_get_error(ssl_.get(), 0);
  failed_ = failed_ || error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
}

bool tls_client::said_goodbye() const noexcept {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string tls_client::server_name() const {
  const auto* const certificate = SSL_get0_peer_certificate(ssl_.get());
  return certificate ? subject_of(*certificate) : std::string();
}

}  // namespace pushmesh::net::test
