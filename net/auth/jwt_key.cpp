#include "net/auth/jwt_key.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace pushmesh::net {
namespace {

constexpr std::size_t max_file_size = 64 * 1024;
constexpr std::size_t sha256_size = 32;
constexpr std::size_t p256_size = 32;  // bytes of r and of s
constexpr int least_rsa_bits = 2048;   // RFC 7518 section 3.3

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using pkey_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using context_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_vfree>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using signature_ptr = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;

tl::unexpected<std::string> failed(std::string sentence) {
  return tl::unexpected(std::move(sentence));
}

const unsigned char* as_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// r and s side by side (RFC 7518 section 3.4) as the ASN.1 that OpenSSL reads; empty when it is
// not.
std::string to_asn1(std::string_view signature) {
  if (signature.size() != 2 * p256_size) return {};
  const signature_ptr pair(ECDSA_SIG_new());
  auto* const r = BN_bin2bn(as_bytes(signature), p256_size, nullptr);
  auto* const s = BN_bin2bn(as_bytes(signature) + p256_size, p256_size, nullptr);
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  std::array<unsigned char, 80> out;  // 6 + 2 * (2 + 33) at most
  auto* end = out.data();
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0 || static_cast<std::size_t>(size) > out.size()) return {};
  i2d_ECDSA_SIG(pair.get(), &end);
  return {reinterpret_cast<const char*>(out.data()), static_cast<std::size_t>(size)};
}

bool verify_hmac(std::string_view secret, std::string_view text, std::string_view signature) {
  std::array<unsigned char, sha256_size> expected;
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), as_bytes(text),
            text.size(), expected.data(), &size))
    return false;
  return signature.size() == size && CRYPTO_memcmp(expected.data(), signature.data(), size) == 0;
}

bool verify_public(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const context_ptr context(EVP_MD_CTX_new());
  const bool good = context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(),
                                     as_bytes(text), text.size()) == 1;
  // The thread's other users of OpenSSL must not take what failed here for theirs.
  ERR_clear_error();
  return good;
}

bool is_p256(EVP_PKEY* key) {
  char group[80];
  std::size_t size = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                        &size) == 1 &&
         std::string_view(group, size) == "prime256v1";
}

tl::expected<pkey_ptr, std::string> read_public_key(std::string_view pem) {
  if (pem.find("PRIVATE KEY-----") != pem.npos)
    return failed("it holds a private key; a node needs the public key only");
  const auto first = pem.find("-----BEGIN ");
  if (pem.find("-----BEGIN ", first + 1) != pem.npos)
    return failed("it holds more than one key; each key needs a file of its own");
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  pkey_ptr key(in ? PEM_read_bio_PUBKEY(in.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (!key) return failed("it is not a public key in PEM form (BEGIN PUBLIC KEY)");
  return key;
}

tl::expected<jwt_algorithm, std::string> algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA")) {
    if (EVP_PKEY_get_bits(key) < least_rsa_bits)
      return failed("its RSA key has less than 2048 bits");
    return jwt_algorithm::rs256;
  }
  if (EVP_PKEY_is_a(key, "EC") && is_p256(key)) return jwt_algorithm::es256;
  return failed("its key is neither RSA (RS256) nor EC on P-256 (ES256)");
}

bool is_der(std::string_view content) {
  const auto* at = as_bytes(content);
  const auto size = static_cast<long>(content.size());
  const pkey_ptr key(d2i_PUBKEY(nullptr, &at, size));
  at = as_bytes(content);
  const certificate_ptr certificate(d2i_X509(nullptr, &at, size));
  ERR_clear_error();
  return key || certificate;
}

// Public keys in other forms than PEM: as a secret each would be one that everybody knows.
bool is_public_key_of_another_form(std::string_view content) {
  const auto first = content.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const auto text = first == content.npos ? std::string_view() : content.substr(first);
  const bool jwk = text.starts_with('{') && text.find("\"kty\"") != text.npos;
  return jwk || text.starts_with("ssh-") || text.starts_with("ecdsa-") || is_der(content);
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

tl::expected<std::string, std::string> read_file(const std::string& path) {
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  std::string content(max_file_size + 1, '\0');
  const auto size = file ? std::fread(content.data(), 1, content.size(), file.get()) : 0;
  if (!file || std::ferror(file.get()))
    return failed(std::string("it cannot be read: ") + std::strerror(errno));
  if (size > max_file_size) return failed("it is larger than 64 KiB");
  content.resize(size);
  return content;
}

}  // namespace

struct jwt_key::material {
  jwt_algorithm algorithm;
  std::string secret;  // of hs256
  pkey_ptr key;        // of the others

  material(jwt_algorithm a, std::string s, pkey_ptr k)
      : algorithm(a), secret(std::move(s)), key(std::move(k)) {}
  ~material() { OPENSSL_cleanse(secret.data(), secret.size()); }
};

tl::expected<jwt_key, std::string> jwt_key::from_text(std::string_view content) {
  if (content.size() > max_file_size) return failed("it is larger than 64 KiB");
  // Whatever looks like PEM is never a secret: a public key that we cannot read would be one that
  // everybody knows.
  if (content.find("-----BEGIN ") == content.npos) {
    const auto secret = without_line_end(content);
    if (secret.empty()) return failed("it is empty");
    if (is_public_key_of_another_form(content))
      return failed("it is a public key, but not in PEM form (BEGIN PUBLIC KEY)");
    return jwt_key(std::make_shared<material>(jwt_algorithm::hs256, std::string(secret), nullptr));
  }
  auto key = read_public_key(content);
  if (!key) return tl::unexpected(std::move(key.error()));
  const auto algorithm = algorithm_of(key->get());
  if (!algorithm) return tl::unexpected(algorithm.error());
  return jwt_key(std::make_shared<material>(*algorithm, std::string(), *std::move(key)));
}

jwt_algorithm jwt_key::algorithm() const noexcept {
  return material_->algorithm;
}

bool jwt_key::is_weak() const noexcept {
  return algorithm() == jwt_algorithm::hs256 && material_->secret.size() < sha256_size;
}

bool jwt_key::verify(std::string_view text, std::string_view signature) const {
  if (algorithm() == jwt_algorithm::hs256) return verify_hmac(material_->secret, text, signature);
  if (algorithm() == jwt_algorithm::rs256)
    return verify_public(material_->key.get(), text, signature);
  const auto asn1 = to_asn1(signature);
  return !asn1.empty() && verify_public(material_->key.get(), text, asn1);
}

tl::expected<std::vector<jwt_key>, std::string> load_jwt_keys(
    const std::vector<std::string>& files) {
  std::vector<jwt_key> keys;
  for (const auto& file : files) {
    auto key = read_file(file).and_then(
        [](const std::string& content) { return jwt_key::from_text(content); });
    if (!key) return failed("key file " + file + ": " + key.error());
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace pushmesh::net
