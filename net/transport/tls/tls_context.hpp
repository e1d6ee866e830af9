#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

struct ssl_ctx_st;

namespace pushmesh::net {

struct ssl_ctx_deleter {
  void operator()(ssl_ctx_st* context) const noexcept;
};
using ssl_ctx_ptr = std::unique_ptr<ssl_ctx_st, ssl_ctx_deleter>;

/// A file and the option that names it, for errors.
struct named_file {
  std::string_view option;
  const std::string& path;
};

/// What both sides have in common: TLS 1.2 or later, forward secrecy and authenticated encryption
/// only, little memory.
void set_tls_policy(ssl_ctx_st& context);

/// What is known of a certificate that was put into a context.
struct own_certificate {
  std::string about;  ///< one line, with its end
  std::time_t end = 0;
};

/// Has the context show the certificate, with the ones that lead to its CA. The error names the
/// option and the file and says what is wrong.
tl::expected<own_certificate, std::string> use_certificate(ssl_ctx_st& context, named_file cert,
                                                           named_file key);

}  // namespace pushmesh::net
