#include "net/transport/tls/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

#include "net/transport/tls/pem_files.hpp"

namespace pushmesh::net {
namespace {

// Forward secrecy and authenticated encryption only; those of TLS 1.3 all are.
constexpr auto tls12_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string openssl_reason() {
  const auto* const reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return reason ? reason : "OpenSSL does not say why";
}

std::string sentence(named_file file, const std::string& what) {
  return std::string(file.option) + ": " + file.path + ' ' + what;
}

}  // namespace

void ssl_ctx_deleter::operator()(ssl_ctx_st* context) const noexcept {
  SSL_CTX_free(context);
}

void set_tls_policy(ssl_ctx_st& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(&context, tls12_ciphers);
  SSL_CTX_set_options(&context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Buffers of 16 KiB each way are given back while a connection is idle.
  SSL_CTX_set_mode(&context, SSL_MODE_RELEASE_BUFFERS);
  // One recv() takes what is there, not one for each record's head and one for its body.
  SSL_CTX_set_read_ahead(&context, 1);
  // Nothing of a session is kept here.
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);
}

tl::expected<own_certificate, std::string> use_certificate(ssl_ctx_st& context, named_file cert,
                                                           named_file key) {
  const auto chain = read_certificates(cert.path);
  if (!chain) return tl::make_unexpected(sentence(cert, chain.error()));
  const auto secret = read_private_key(key.path);
  if (!secret) return tl::make_unexpected(sentence(key, secret.error()));
  const auto& own = *chain->front();
  if (SSL_CTX_use_certificate(&context, chain->front().get()) != 1)
    return tl::make_unexpected(sentence(cert, "cannot be used: " + openssl_reason()));
  for (std::size_t i = 1; i < chain->size(); ++i)
    SSL_CTX_add1_chain_cert(&context, (*chain)[i].get());
  if (SSL_CTX_use_PrivateKey(&context, secret->get()) != 1 ||
      SSL_CTX_check_private_key(&context) != 1) {
    ERR_clear_error();
    return tl::make_unexpected(sentence(key, "belongs to another certificate than " + cert.path));
  }
  const auto time_problem = out_of_time(own, std::time(nullptr));
  return own_certificate{
      cert.path + " (" + subject_of(own) + ")" +
          (time_problem.empty() ? ", good until " + end_text(own) : " " + time_problem),
      end_of(own)};
}

}  // namespace pushmesh::net
