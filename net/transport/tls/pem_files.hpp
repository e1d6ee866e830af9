#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

struct x509_st;
struct evp_pkey_st;

namespace pushmesh::net {

struct x509_deleter {
  void operator()(x509_st* certificate) const noexcept;
};
struct pkey_deleter {
  void operator()(evp_pkey_st* key) const noexcept;
};
using x509_ptr = std::unique_ptr<x509_st, x509_deleter>;
using pkey_ptr = std::unique_ptr<evp_pkey_st, pkey_deleter>;

/// The certificates of a PEM file in their order, at least one. The error is the rest of a sentence
/// that begins with the file: "cannot be read: ...".
tl::expected<std::vector<x509_ptr>, std::string> read_certificates(const std::string& path);

/// The private key of a PEM file. A passphrase is never asked for.
tl::expected<pkey_ptr, std::string> read_private_key(const std::string& path);

/// What makes a certificate unusable at `now`, as the rest of a sentence ("expired on ..."); empty
/// when nothing does.
std::string out_of_time(const x509_st& certificate, std::time_t now);

/// Subject of a certificate on one line (RFC 2253 escapes): `O = pushmesh, CN = n1`.
std::string subject_of(const x509_st& certificate);
/// Likewise its issuer.
std::string issuer_of(const x509_st& certificate);

/// When a certificate ends; 0 for an end that cannot be told.
std::time_t end_of(const x509_st& certificate) noexcept;
/// The same for people.
std::string end_text(const x509_st& certificate);

}  // namespace pushmesh::net
