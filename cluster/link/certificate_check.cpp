#include "cluster/link/certificate_check.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <utility>

#include "cluster/node/config/value_text.hpp"
#include "net/transport/tls/pem_files.hpp"

namespace pushmesh::cluster {
namespace {

using net::read_certificates;
using net::read_private_key;
using net::x509_ptr;

struct store_deleter {
  void operator()(X509_STORE* store) const noexcept { X509_STORE_free(store); }
};
struct store_context_deleter {
  void operator()(X509_STORE_CTX* context) const noexcept { X509_STORE_CTX_free(context); }
};
struct stack_deleter {  // not what it points at
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using store_ptr = std::unique_ptr<X509_STORE, store_deleter>;
using store_context_ptr = std::unique_ptr<X509_STORE_CTX, store_context_deleter>;
using stack_ptr = std::unique_ptr<STACK_OF(X509), stack_deleter>;

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

  std::vector<x509_ptr> certificates(const std::string& what, const std::string& path) {
    auto all = read_certificates(path);
    if (all) return std::move(*all);
    add(what + ' ' + all.error());
    return {};
  }

  net::pkey_ptr private_key() {
    auto key = read_private_key(files_.key);
    if (key) return std::move(*key);
    add(key_name() + ' ' + key.error());
    return nullptr;
  }

  void check_times(const std::string& what, const X509& certificate) {
    const auto problem = net::out_of_time(certificate, now_);
    if (problem.empty()) return;
    in_time_ = false;
    add(what + ' ' + problem);
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
    const stack_ptr between(sk_X509_new_null());
    for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
    const store_context_ptr context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get());
    X509_STORE_CTX_set_time(context.get(), 0, now_);
    if (X509_verify_cert(context.get()) == 1) return;
    const auto code = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    add(certificate_name() + " is not signed by the cluster CA " + files_.ca +
        ": its issuer is \"" + net::issuer_of(*chain.front()) + "\", the CA is \"" +
        net::subject_of(*trusted.front()) + "\" (" + X509_verify_cert_error_string(code) + ")");
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

// What the files alone decide: not whether none are enough.
std::optional<link_security_verdict> judge_files(const certificate_files& files) {
  const auto missing = missing_options(files);
  if (missing.empty()) return link_security_verdict{link_security::mutual_tls, {}};
  const bool none = files.cert.empty() && files.key.empty() && files.ca.empty();
  if (none) return std::nullopt;
  return link_security_verdict{link_security::refused,
                               "mutual TLS between nodes needs all of --cluster-cert, "
                               "--cluster-key and --cluster-ca; not given: " +
                                   missing};
}

}  // namespace

std::vector<std::string> check_certificates(const certificate_files& files,
                                            std::chrono::system_clock::time_point now) {
  return checker(files, now).run();
}

link_security_verdict judge_link_security(std::string_view listen, const certificate_files& files,
                                          strangers policy) {
  if (const auto decided = judge_files(files)) return *decided;
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

link_security_verdict judge_client_security(const std::vector<std::string>& nodes,
                                            const certificate_files& files, strangers policy) {
  if (const auto decided = judge_files(files)) return *decided;
  if (policy == strangers::accepted) return {link_security::plain, {}};
  for (const auto& node : nodes)
    if (!config::is_loopback(node))
      return {
          link_security::refused,
          "anybody on the way to " + node +
              " could read and change what is sent: give certificates (--cluster-cert, "
              "--cluster-key, --cluster-ca; deploy/make-certs.sh makes them), or add --insecure "
              "if only a firewall keeps strangers out"};
  return {link_security::plain, {}};
}

}  // namespace pushmesh::cluster
