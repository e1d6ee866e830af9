#include "net/transport/openssl_error_queue.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/transport/test_tls.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;

namespace {

constexpr std::time_t ten_years = 10L * 365 * 24 * 3600;

struct deleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};

// Both ends of a TCP connection on loopback; they do not block.
class tcp_pair {
 public:
  tcp_pair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    REQUIRE(::bind(listener, address, size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, address, &size) == 0);
    dialled = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(dialled, address, size) == 0);
    accepted = ::accept(listener, nullptr, nullptr);
    REQUIRE(accepted >= 0);
    ::close(listener);
    for (const int fd : {dialled, accepted}) REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  }
  ~tcp_pair() {
    ::close(dialled);
    ::close(accepted);
  }
  tcp_pair(const tcp_pair&) = delete;
  tcp_pair& operator=(const tcp_pair&) = delete;

  int dialled = -1, accepted = -1;
};

// How one end of a link is set up. Each trusts the CA `a` and demands a certificate.
struct link_end {
  std::string cert = "a/server";  // below tls_files(), without its extension; empty: none
  bool clock_is_late = false;     // so late that all certificates have expired
};

class tls_end {
 public:
  tls_end(int fd, const link_end& how, const SSL_METHOD* method) : context_(SSL_CTX_new(method)) {
    const auto file = [](const std::string& name) { return tls_files().path(name); };
    REQUIRE(SSL_CTX_load_verify_locations(context_.get(), file("a/ca.crt").c_str(), nullptr) == 1);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (how.clock_is_late)
      X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(context_.get()),
                                 std::time(nullptr) + 10 * ten_years);
    if (!how.cert.empty()) {
      const auto cert = file(how.cert + ".crt"), key = file(how.cert + ".key");
      REQUIRE(SSL_CTX_use_certificate_chain_file(context_.get(), cert.c_str()) == 1);
      REQUIRE(SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) == 1);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd);
  }
  SSL* get() const noexcept { return ssl_.get(); }

 private:
  std::unique_ptr<SSL_CTX, deleter> context_;
  std::unique_ptr<SSL, deleter> ssl_;
};

// What is told of a connection, first of all by the side that dialled, then by the other one.
std::array<std::vector<tls_failure>, 2> failures(const link_end& dialler,
                                                 const link_end& acceptor) {
  std::array<std::vector<tls_failure>, 2> told;
  const tls_failure_watch watch(
      [&](const tls_failure& f) { told[f.side == tls_failure::side::accepted].push_back(f); });
  const tcp_pair tcp;
  const tls_end near(tcp.dialled, dialler, TLS_client_method());
  const tls_end far(tcp.accepted, acceptor, TLS_server_method());
  std::array<char, 16> bytes;
  // As CAF does: a side whose handshake is done reads, one that failed does nothing more.
  for (int turn = 0; turn < 20; ++turn) {
    if (told[0].empty() && SSL_connect(near.get()) == 1)
      SSL_read(near.get(), bytes.data(), bytes.size());
    if (told[1].empty() && SSL_accept(far.get()) == 1)
      SSL_read(far.get(), bytes.data(), bytes.size());
  }
  return told;
}

// "tlsv13 alert unknown ca" and, from OpenSSL 3.2 on, "ssl/tls alert unknown ca" say the same.
std::string without_version(std::string reason) {
  constexpr std::string_view alert = " alert ";
  const auto end = reason.find(alert);
  if (end == std::string::npos) return reason;
  const auto begin = reason.rfind(' ', end - 1) + 1;
  return reason.erase(begin, end + alert.size() - begin);
}

}  // namespace

TEST_CASE("why a link's certificate is not good is told on both sides, whoever dialled") {
  const link_end good;
  const std::string not_accepted = "its certificate is not accepted: ";
  const std::string refused = "it does not accept us: ";
  const struct {
    const char* what;
    link_end dialler, acceptor;
    std::string dialled, accepted;  // what each side tells
  } table[] = {
      {"the dialler has none",
       {.cert = ""},
       good,
       refused + "certificate required",
       "it shows no certificate"},
      {"the dialler's has expired",
       good,
       {.clock_is_late = true},
       refused + "certificate expired",
       not_accepted + "certificate has expired"},
      {"the dialler's is of another CA",
       {.cert = "b/alice"},
       good,
       refused + "unknown ca",
       not_accepted + "unable to get local issuer certificate"},
      {"the acceptor has none",
       good,
       {.cert = ""},
       refused + "it has no certificate itself, or no cipher that we have",
       "it does not speak TLS as we do: no shared cipher"},
      {"the acceptor's has expired",
       {.clock_is_late = true},
       good,
       not_accepted + "certificate has expired",
       refused + "certificate expired"},
      {"the acceptor's is of another CA",
       good,
       {.cert = "b/server"},
       not_accepted + "unable to get local issuer certificate",
       refused + "unknown ca"},
  };
  for (const auto& row : table) {
    CAPTURE(row.what);
    const auto told = failures(row.dialler, row.acceptor);
    REQUIRE(told[0].size() == 1);
    REQUIRE(told[1].size() == 1);
    CHECK(without_version(told[0][0].reason) == row.dialled);
    CHECK(without_version(told[1][0].reason) == row.accepted);
    for (const auto& side : told) CHECK(side[0].peer.starts_with("127.0.0.1:"));
  }
}

TEST_CASE("of good certificates nothing is told") {
  for (const auto& side : failures({}, {})) CHECK(side.empty());
}
