#include "cluster/link/certificate_check.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <system_error>

#include "cluster/node/config/value_text.hpp"

namespace pushmesh::cluster {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using store_ptr = std::unique_ptr<X509_STORE, freed_by<X509_STORE_free>>;
using store_context_ptr = std::unique_ptr<X509_STORE_CTX, freed_by<X509_STORE_CTX_free>>;
using names_ptr =
    std::unique_ptr<STACK_OF(X509), freed_by<[](STACK_OF(X509) * s) { sk_X509_free(s); }>>;

constexpr std::size_t largest_file = 1024 * 1024;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string text_of(const ASN1_TIME* time) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(out.get(), time);
  return text_of(out.get());
}

std::string text_of(const X509_NAME* name) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE);
  return '"' + text_of(out.get()) + '"';
}

// Why `path` cannot be read, if so; else its content.
std::optional<std::string> read_file(const std::string& path, std::string& problem) {
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string content;
  char block[4096];
  while (in && content.size() <= largest_file) {
    in.read(block, sizeof block);
    content.append(block, static_cast<std::size_t>(in.gcount()));
  }
  if (in.eof() && errno == 0) return content;
  problem = in ? "is larger than any PEM file" : std::generic_category().message(errno);
  return std::nullopt;
}

std::vector<x509_ptr> read_certificates(const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<x509_ptr> all;
  while (x509_ptr one{PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)})
    all.push_back(std::move(one));
  ERR_clear_error();
  return all;
}

// Without a passphrase, never asking for one.
key_ptr read_key(const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
  ERR_clear_error();
  return key;
}

class checker {
 public:
  checker(const certificate_files& files, std::chrono::system_clock::time_point now)
      : files_(files), now_(std::chrono::system_clock::to_time_t(now)) {}

  std::vector<std::string> run() {
    const auto chain = certificates(certificate_name(), files_.cert);
    const auto trusted = certificates(ca_name(), files_.ca);
    const auto key = private_key();
    if (!chain.empty()) {
      check_times(certificate_name(), *chain.front());
      check_uses(*chain.front());
      if (key) check_key(*chain.front(), *key);
    }
    for (auto& ca : trusted) check_times(ca_name(), *ca);
    // An end of time would be found once more here, in vaguer words.
    if (!chain.empty() && !trusted.empty() && in_time_) check_signature(chain, trusted);
    return std::move(problems_);
  }

 private:
  std::string certificate_name() const { return "cluster certificate " + files_.cert; }
  std::string key_name() const { return "key " + files_.key + " of the cluster certificate"; }
  std::string ca_name() const { return "cluster CA " + files_.ca; }

  void add(std::string sentence) { problems_.push_back(std::move(sentence)); }

  std::optional<std::string> content(const std::string& what, const std::string& path) {
    std::string problem;
    auto text = read_file(path, problem);
    if (!text) add(what + " cannot be read: " + problem);
    return text;
  }

  std::vector<x509_ptr> certificates(const std::string& what, const std::string& path) {
    const auto pem = content(what, path);
    if (!pem) return {};
    auto all = read_certificates(*pem);
    if (all.empty())
      add(what + " holds no certificate in PEM form (\"-----BEGIN CERTIFICATE-----\")");
    return all;
  }

  key_ptr private_key() {
    const auto pem = content(key_name(), files_.key);
    if (!pem) return nullptr;
    auto key = read_key(*pem);
    if (key) return key;
    const bool encrypted = pem->find("ENCRYPTED") != std::string::npos;
    add(key_name() + (encrypted ? " is encrypted: a node reads keys without a passphrase only"
                                : " holds no private key in PEM form (\"-----BEGIN PRIVATE "
                                  "KEY-----\")"));
    return nullptr;
  }

  void check_times(const std::string& what, const X509& certificate) {
    auto now = now_;
    if (X509_cmp_time(X509_get0_notBefore(&certificate), &now) > 0) {
      in_time_ = false;
      add(what + " is not valid before " + text_of(X509_get0_notBefore(&certificate)));
    }
    now = now_;
    if (X509_cmp_time(X509_get0_notAfter(&certificate), &now) < 0) {
      in_time_ = false;
      add(what + " expired on " + text_of(X509_get0_notAfter(&certificate)));
    }
  }

  void check_uses(X509& certificate) {
    const auto missing = " does not allow its use by a ";
    if (X509_check_purpose(&certificate, X509_PURPOSE_SSL_SERVER, 0) != 1)
      add(certificate_name() + missing + "server (extended key usage serverAuth): a node is both");
    if (X509_check_purpose(&certificate, X509_PURPOSE_SSL_CLIENT, 0) != 1)
      add(certificate_name() + missing + "client (extended key usage clientAuth): a node is both");
  }

  void check_key(const X509& certificate, const EVP_PKEY& key) {
    if (X509_check_private_key(&certificate, &key) != 1)
      add(key_name() + " belongs to another certificate than " + files_.cert);
    ERR_clear_error();
  }

  void check_signature(const std::vector<x509_ptr>& chain, const std::vector<x509_ptr>& trusted) {
    const store_ptr store(X509_STORE_new());
    for (auto& ca : trusted) X509_STORE_add_cert(store.get(), ca.get());
    const names_ptr between(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
    const store_context_ptr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get());
    X509_STORE_CTX_set_time(context.get(), 0, now_);
    if (X509_verify_cert(context.get()) == 1) return;
    const auto code = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    add(certificate_name() + " is not signed by the cluster CA " + files_.ca + ": its issuer is " +
        text_of(X509_get_issuer_name(chain.front().get())) + ", the CA is " +
        text_of(X509_get_subject_name(trusted.front().get())) + " (" +
        X509_verify_cert_error_string(code) + ")");
  }

  const certificate_files& files_;
  std::time_t now_;
  bool in_time_ = true;
  std::vector<std::string> problems_;
};

std::string missing_options(const certificate_files& files) {
  std::string text;
  const auto add = [&](const std::string& value, std::string_view option) {
    if (!value.empty()) return;
    if (!text.empty()) text += " and ";
    text += option;
  };
  add(files.cert, "--cluster-cert");
  add(files.key, "--cluster-key");
  add(files.ca, "--cluster-ca");
  return text;
}

}  // namespace

std::vector<std::string> check_certificates(const certificate_files& files,
                                            std::chrono::system_clock::time_point now) {
  return checker(files, now).run();
}

link_security_verdict judge_link_security(std::string_view listen, const certificate_files& files,
                                          strangers policy) {
  const auto missing = missing_options(files);
  if (missing.empty()) return {link_security::mutual_tls, {}};
  const bool none = files.cert.empty() && files.key.empty() && files.ca.empty();
  if (!none)
    return {link_security::refused,
            "mutual TLS between nodes needs all of --cluster-cert, "
            "--cluster-key and --cluster-ca; not given: " +
                missing};
  if (config::is_loopback(listen)) return {link_security::plain, {}};
  if (policy == strangers::kept_out)
    return {link_security::refused,
            "whoever reaches the cluster port " + std::string(listen) +
                " commands the node: give it certificates (--cluster-cert, --cluster-key, "
                "--cluster-ca; deploy/make-certs.sh makes them), listen on a loopback address, or "
                "add --insecure if a firewall keeps strangers out"};
  return {link_security::plain, "links are not protected: whoever reaches the cluster port " +
                                    std::string(listen) +
                                    " commands the node; only a firewall can keep strangers out"};
}

}  // namespace pushmesh::cluster
