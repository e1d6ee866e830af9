#include "net/transport/secret_digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace pushmesh::net {

secret_digest digest_of(std::string_view secret) {
  secret_digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
  return digest;
}

bool equal_in_constant_time(const secret_digest& a, const secret_digest& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pushmesh::net
