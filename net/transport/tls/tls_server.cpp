#include "net/transport/tls/tls_server.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string_view>
#include <utility>

#include "net/transport/tls/pem_files.hpp"
#include "net/transport/tls/tls_stream.hpp"

namespace pushmesh::net {
namespace {

// A client that comes back within this time need not repeat the whole handshake.
constexpr long ticket_seconds = 2 * 60 * 60;
// Tickets are bound to it where clients show certificates (SSL_CTX_set_session_id_context(3)).
constexpr std::string_view ticket_context = "pushmesh";

// We speak HTTP/1.1 only. A client that does not offer it will find out.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void set_policy(SSL_CTX* context) {
  set_tls_policy(*context);
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Sessions are with the client, sealed in its ticket.
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_timeout(context, ticket_seconds);
  SSL_CTX_set_session_id_context(context,
                                 reinterpret_cast<const unsigned char*>(ticket_context.data()),
                                 ticket_context.size());
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string trust_clients(SSL_CTX* context, const tls_options& options) {
  if (options.client_ca.empty()) return {};
  const auto trusted = read_certificates(options.client_ca);
  if (!trusted) return "tls.client_ca: " + options.client_ca + ' ' + trusted.error();
  for (const auto& ca : *trusted) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
    SSL_CTX_add_client_CA(context, ca.get());
  }
  const bool required = options.clients == client_certificates::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

}  // namespace

tl::expected<tls_server::material, std::string> tls_server::read(const tls_options& options) {
  if (options.cert.empty() || options.key.empty())
    return tl::make_unexpected("TLS needs both tls.cert and tls.key");
  material made;
  made.context.reset(SSL_CTX_new(TLS_server_method()));
  set_policy(made.context.get());
  auto own = use_certificate(*made.context, {"tls.cert", options.cert}, {"tls.key", options.key});
  if (!own) return tl::make_unexpected(std::move(own.error()));
  made.own = std::move(*own);
  if (auto problem = trust_clients(made.context.get(), options); !problem.empty())
    return tl::make_unexpected(std::move(problem));
  return made;
}

tl::expected<std::shared_ptr<tls_server>, std::string> tls_server::load(tls_options options) {
  std::shared_ptr<tls_server> made(new tls_server(std::move(options)));
  if (const auto loaded = made->reload(); !loaded) return tl::make_unexpected(loaded.error());
  return made;
}

tl::expected<void, std::string> tls_server::reload() {
  auto fresh = read(options_);
  if (!fresh) return tl::make_unexpected(fresh.error());
  const std::lock_guard lock(mutex_);
  std::swap(current_, *fresh);
  return {};
}

std::unique_ptr<byte_stream> tls_server::accept(io_loop& loop, byte_stream::socket s) const {
  const std::lock_guard lock(mutex_);
  return make_tls_stream(loop, std::move(s), *current_.context);
}

std::string tls_server::about() const {
  const std::lock_guard lock(mutex_);
  return current_.own.about;
}

std::time_t tls_server::certificate_end() const {
  const std::lock_guard lock(mutex_);
  return current_.own.end;
}

}  // namespace pushmesh::net
