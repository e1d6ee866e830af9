#include "net/transport/openssl_error_queue.hpp"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <mutex>
#include <optional>
#include <utility>

// OpenSSL keeps errors in a queue per thread, and SSL_get_error takes whatever is in it for the
// result of the call at hand. CAF's TLS leaves the error of a failed handshake there: the next read
// of any other connection of that thread, which would only have to wait, then counts as failed. So
// a stranger with a wrong certificate would cut the links of all good peers. Nor does CAF tell
// anybody what the error was.
//
// The program's definitions take precedence over those of the library, which these call.

namespace {

using pushmesh::net::tls_failure;
using callback = pushmesh::net::tls_failure_watch::callback;

// Never destroyed: threads of CAF may outlive main() (cluster/link/link_system.hpp).
auto& watches_mutex = *new std::mutex;
auto& watches = *new std::list<callback>;

template <class F>
F original(const char* name) noexcept {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

std::string address_of(const sockaddr_storage& a) {
  char text[INET6_ADDRSTRLEN] = {};
  if (a.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(a);
    ::inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    return std::string(text) + ':' + std::to_string(ntohs(in.sin_port));
  }
  if (a.ss_family != AF_INET6) return {};
  const auto& in = reinterpret_cast<const sockaddr_in6&>(a);
  ::inet_ntop(AF_INET6, &in.sin6_addr, text, sizeof text);
  return '[' + std::string(text) + "]:" + std::to_string(ntohs(in.sin6_port));
}

std::string peer_of(SSL* ssl) {
  sockaddr_storage a{};
  socklen_t length = sizeof a;
  if (::getpeername(SSL_get_fd(ssl), reinterpret_cast<sockaddr*>(&a), &length) != 0) return {};
  return address_of(a);
}

/// nullopt: nothing worth a line, such as the end of a connection.
std::optional<std::string> reason_of(SSL* ssl, unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return std::nullopt;
  const auto reason = ERR_GET_REASON(error);
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return std::nullopt;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return std::string("its certificate is not accepted: ") +
             X509_verify_cert_error_string(SSL_get_verify_result(ssl));
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return "it shows no certificate";
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "it does not accept us: it has no certificate itself, or no cipher that we have";
    default:
      break;
  }
  const char* const text = ERR_reason_error_string(error);
  const std::string words = text ? text : "unknown error";
  // Reasons from here on are alerts: what the other side thinks of us.
  if (reason >= SSL_AD_REASON_OFFSET) return "it does not accept us: " + words;
  return "it does not speak TLS as we do: " + words;
}

/// CAF gives OpenSSL the descriptor; streams of ours have a BIO of their own.
void look(SSL* ssl, int result, bool handshake) {
  if (result > 0 || SSL_get_fd(ssl) < 0) return;
  if (SSL_get_error(ssl, result) != SSL_ERROR_SSL) return;
  const auto error = ERR_peek_error();
  if (!handshake && ERR_GET_REASON(error) < SSL_AD_REASON_OFFSET) return;
  auto reason = reason_of(ssl, error);
  if (!reason) return;
  const auto side = SSL_is_server(ssl) ? tls_failure::side::accepted : tls_failure::side::dialled;
  const tls_failure failure{side, peer_of(ssl), std::move(*reason)};
  std::lock_guard lock(watches_mutex);
  for (const auto& told : watches) told(failure);
}

}  // namespace

extern "C" {

int SSL_read(SSL* ssl, void* into, int size) {
  static const auto call = original<int (*)(SSL*, void*, int)>("SSL_read");
  ERR_clear_error();
  const auto result = call(ssl, into, size);
  look(ssl, result, false);  // in TLS 1.3 a client learns here that it was refused
  return result;
}

int SSL_write(SSL* ssl, const void* from, int size) {
  static const auto call = original<int (*)(SSL*, const void*, int)>("SSL_write");
  ERR_clear_error();
  return call(ssl, from, size);
}

int SSL_accept(SSL* ssl) {
  static const auto call = original<int (*)(SSL*)>("SSL_accept");
  ERR_clear_error();
  const auto result = call(ssl);
  look(ssl, result, true);
  return result;
}

int SSL_connect(SSL* ssl) {
  static const auto call = original<int (*)(SSL*)>("SSL_connect");
  ERR_clear_error();
  const auto result = call(ssl);
  look(ssl, result, true);
  return result;
}
}

namespace pushmesh::net {

tls_failure_watch::tls_failure_watch(callback told) {
  std::lock_guard lock(watches_mutex);
  place_ = watches.insert(watches.end(), std::move(told));
}

tls_failure_watch::~tls_failure_watch() {
  std::lock_guard lock(watches_mutex);
  watches.erase(place_);
}

}  // namespace pushmesh::net
