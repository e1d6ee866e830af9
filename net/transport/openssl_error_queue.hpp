#pragma once

#include <functional>
#include <list>
#include <string>

namespace pushmesh::net {

/// A TLS connection of a link that came to nothing, in the words of an operator.
struct tls_failure {
  enum class side { accepted, dialled } side;
  std::string peer;    ///< HOST:PORT of the other side; empty when it is gone already
  std::string reason;  ///< what the other side did, without a subject: "has no certificate"
};

/// Makes every SSL_read, SSL_write, SSL_accept and SSL_connect of this process begin with an empty
/// error queue, those of libraries included, and looks at what they leave there;
/// docs/decisions/0006 says why. To be used by whoever runs links, so that this file is linked in.
///
/// While it lives, `told` is called for each failure of any link of the process, on the thread that
/// runs the connection. Our own TLS streams use other calls and are not seen here.
class tls_failure_watch {
 public:
  using callback = std::function<void(const tls_failure&)>;
  explicit tls_failure_watch(callback told);
  ~tls_failure_watch();
  tls_failure_watch(const tls_failure_watch&) = delete;
  tls_failure_watch& operator=(const tls_failure_watch&) = delete;

 private:
  std::list<callback>::iterator place_;
};

}  // namespace pushmesh::net
