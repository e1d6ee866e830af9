#include "net/transport/openssl_error_queue.hpp"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

// OpenSSL keeps errors in a queue per thread, and SSL_get_error takes whatever is in it for the
// result of the call at hand. CAF's TLS leaves the error of a failed handshake there: the next read
// of any other connection of that thread, which would only have to wait, then counts as failed. So
// a stranger with a wrong certificate would cut the links of all good peers.
//
// The program's definitions take precedence over those of the library, which these call.

namespace {

template <class F>
F original(const char* name) noexcept {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int SSL_read(SSL* ssl, void* into, int size) {
  static const auto call = original<int (*)(SSL*, void*, int)>("SSL_read");
  ERR_clear_error();
  return call(ssl, into, size);
}

int SSL_write(SSL* ssl, const void* from, int size) {
  static const auto call = original<int (*)(SSL*, const void*, int)>("SSL_write");
  ERR_clear_error();
  return call(ssl, from, size);
}
}

namespace pushmesh::net {

void keep_openssl_error_queue_clean() noexcept {}

}  // namespace pushmesh::net
