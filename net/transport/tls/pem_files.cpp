#include "net/transport/tls/pem_files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace pushmesh::net {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

struct bio_deleter {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
using bio_ptr = std::unique_ptr<BIO, bio_deleter>;

std::string content_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string text_of(const ASN1_TIME* time) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  return content_of(out.get());
}

std::string text_of(const X509_NAME* name) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  return content_of(out.get());
}

bio_ptr source_of(const std::string& pem) {
  return bio_ptr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

tl::expected<std::string, std::string> read_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string content;
  char block[4096];
  while (in && content.size() <= largest_file) {
    in.read(block, sizeof block);
    content.append(block, static_cast<std::size_t>(in.gcount()));
  }
  if (content.size() > largest_file) return tl::make_unexpected("is too large for a PEM file");
  if (in.eof() && errno == 0) return content;
  return tl::make_unexpected("cannot be read: " + std::generic_category().message(errno));
}

}  // namespace

void x509_deleter::operator()(x509_st* certificate) const noexcept {
  X509_free(certificate);
}

void pkey_deleter::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}

tl::expected<std::vector<x509_ptr>, std::string> read_certificates(const std::string& path) {
  const auto pem = read_file(path);
  if (!pem) return tl::make_unexpected(pem.error());
  const auto in = source_of(*pem);
  std::vector<x509_ptr> all;
  while (x509_ptr one{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)})
    all.push_back(std::move(one));
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end)
    return tl::make_unexpected("is damaged: certificate " + std::to_string(all.size() + 1));
  if (!all.empty()) return all;
  return tl::make_unexpected("holds no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\")");
}

tl::expected<pkey_ptr, std::string> read_private_key(const std::string& path) {
  const auto pem = read_file(path);
  if (!pem) return tl::make_unexpected(pem.error());
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  pkey_ptr key(PEM_read_bio_PrivateKey(source_of(*pem).get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  if (key) return key;
  if (pem->find("ENCRYPTED") != std::string::npos)
    return tl::make_unexpected("is encrypted: a node reads keys without a passphrase only");
  return tl::make_unexpected("holds no private key in PEM form (\"-----BEGIN PRIVATE KEY-----\")");
}

std::string out_of_time(const x509_st& certificate, std::time_t now) {
  const auto* const begin = X509_get0_notBefore(&certificate);
  const auto* const end = X509_get0_notAfter(&certificate);
  auto at = now;  // X509_cmp_time wants it writable
  if (X509_cmp_time(begin, &at) > 0) return "is not valid before " + text_of(begin);
  if (X509_cmp_time(end, &at) < 0) return "expired on " + text_of(end);
  return {};
}

std::string subject_of(const x509_st& certificate) {
  return text_of(X509_get_subject_name(&certificate));
}

std::string issuer_of(const x509_st& certificate) {
  return text_of(X509_get_issuer_name(&certificate));
}

std::string end_text(const x509_st& certificate) {
  return text_of(X509_get0_notAfter(&certificate));
}

std::time_t end_of(const x509_st& certificate) noexcept {
  std::tm utc{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &utc) != 1) return 0;
  return ::timegm(&utc);
}

}  // namespace pushmesh::net
