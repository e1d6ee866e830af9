#include "net/transport/tls/tls_connector.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

#include "net/transport/tls/pem_files.hpp"
#include "net/transport/tls/tls_stream.hpp"

namespace pushmesh::net {

tl::expected<std::shared_ptr<const tls_connector>, std::string> tls_connector::load(
    const tls_connector_options& options, std::string_view prefix) {
  const auto named = [prefix](const char* member) { return std::string(prefix) + member; };
  ssl_ctx_ptr context(SSL_CTX_new(TLS_client_method()));
  set_tls_policy(*context);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (options.ca.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else {
    const auto trusted = read_certificates(options.ca);
    if (!trusted)
      return tl::make_unexpected(named("ca") + ": " + options.ca + ' ' + trusted.error());
    for (const auto& ca : *trusted)
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), ca.get());
  }
  if (options.cert.empty() != options.key.empty())
    return tl::make_unexpected(named("cert") + " and " + named("key") + " belong together");
  if (!options.cert.empty()) {
    const auto own =
        use_certificate(*context, {named("cert"), options.cert}, {named("key"), options.key});
    if (!own) return tl::make_unexpected(own.error());
  }
  return std::shared_ptr<const tls_connector>(new tls_connector(std::move(context), options.name));
}

std::unique_ptr<byte_stream> tls_connector::connect(io_loop& loop, byte_stream::socket s,
                                                    const std::string& host) const {
  return make_tls_client_stream(loop, std::move(s), *context_, name_.empty() ? host : name_);
}

}  // namespace pushmesh::net
