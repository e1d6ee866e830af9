#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <random>

#include "net/transport/io_loop.hpp"
#include "tests/unit/transport/test_tls.hpp"

using namespace pushmesh;
using namespace pushmesh::net;
using namespace pushmesh::net::test;
using status = io_result::status;

namespace {

// A server's stream and a client at the ends of a socket pair, turned by hand.
class tls_pair {
 public:
  explicit tls_pair(const tls_server& server, const tls_client_options& options = {},
                    int kernel_buffer = 0) {
    std::array<int, 2> ends;
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    for (const int fd : ends)
      if (kernel_buffer > 0)
        ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kernel_buffer, sizeof kernel_buffer);
    byte_stream::socket socket(loop.context());
    socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
    loop.internal_descriptor_opened();
    stream = server.accept(loop, std::move(socket));
    fd_ = ends[1];
    client = std::make_unique<tls_client>(fd_, options);
  }
  ~tls_pair() { ::close(fd_); }

  /// True when both sides are done; false when one refuses.
  bool connect() {
    for (int n = 0; n < 1000; ++n) {
      const bool done = client->handshake();
      const auto r = read();
      if (client->failed() || r == status::error) return false;
      if (done && r == status::would_block && loop.counters().tls_handshakes.get() > 0) return true;
      if (r == status::closed) return false;
    }
    return false;
  }
  /// Reads into got.
  status read() {
    std::array<char, 64 * 1024> buffer;
    const auto r = stream->read(buffer);
    got.append(buffer.data(), r.bytes);
    return r.what;
  }
  io_result write(std::string_view bytes) {
    const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
    return stream->write({&piece, 1});
  }

  transport_options options;
  outbound_budget budget{1 << 30};
  io_loop loop{options, budget, {}};
  std::unique_ptr<byte_stream> stream;
  std::unique_ptr<tls_client> client;
  std::string got;

 private:
  int fd_ = -1;
};

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 are spoken, nothing older") {
  const auto server = load_tls();
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    tls_pair pair(*server, {.version = version});
    REQUIRE(pair.connect());
    CHECK(SSL_version(pair.client->ssl()) == version);
    CHECK(pair.client->server_name() == "O = pushmesh, CN = server");
    CHECK(pair.stream->is_secure());
    CHECK(pair.stream->peer_certificate().empty());
    CHECK(pair.client->send("hello") == 5);
    CHECK(pair.read() == status::ok);
    CHECK(pair.got == "hello");
    CHECK(pair.write("world").bytes == 5);
    pair.client->receive();
    CHECK(pair.client->received() == "world");
  }
  tls_pair old(*server, {.version = TLS1_1_VERSION});
  CHECK_FALSE(old.connect());
  CHECK(old.loop.counters().tls_failed.get() == 1);
}

TEST_CASE("a client that wants to renegotiate is told no and goes on") {
  tls_pair pair(*load_tls(), {.version = TLS1_2_VERSION});
  REQUIRE(pair.connect());
  CHECK(SSL_renegotiate(pair.client->ssl()) == 1);
  pair.client->handshake();
  pair.read();
  pair.client->receive();
  CHECK(pair.loop.counters().tls_handshakes.get() == 1);
  CHECK(SSL_num_renegotiations(pair.client->ssl()) <= 1);
}

// What a connection's queue does: frames that are not partly written may be dropped.
TEST_CASE("what is not reported as written may be replaced, also when the kernel is full") {
  const auto server = load_tls();
  std::mt19937 random(7);
  for (int round = 0; round < 8; ++round) {
    tls_pair pair(*server, {}, 4096);
    REQUIRE(pair.connect());
    std::deque<std::string> queue;
    std::size_t offset = 0;  // of the first frame, written
    std::string expected;
    std::size_t blocked = 0;
    for (int n = 0; n < 400 || !queue.empty();) {
      while (n < 400 && queue.size() < 50) {
        const std::size_t size = 2 + random() % (n % 20 == 0 ? 60'000 : 700);
        queue.emplace_back(size, static_cast<char>('a' + n++ % 26));
      }
      std::vector<iovec> pieces;
      std::size_t total = 0;
      for (auto& frame : queue) {
        const auto skip = pieces.empty() ? offset : 0;
        pieces.push_back({frame.data() + skip, frame.size() - skip});
        total += frame.size() - skip;
      }
      const auto r = pair.stream->write(pieces);
      REQUIRE((r.what == status::ok || r.what == status::would_block));
      REQUIRE(r.bytes <= total);
      for (auto left = r.bytes; left > 0;) {
        const auto part = std::min(left, queue.front().size() - offset);
        expected.append(queue.front(), offset, part);
        left -= part;
        offset += part;
        if (offset < queue.front().size()) break;
        queue.pop_front();
        offset = 0;
      }
      if (r.bytes == total) continue;
      ++blocked;
      if (random() % 2 == 0) queue.erase(queue.begin() + (offset > 0 ? 1 : 0), queue.end());
      if (random() % 3 > 0) pair.client->receive();
    }
    while (pair.client->received().size() < expected.size()) {
      const auto before = pair.client->received().size();
      pair.client->receive();
      REQUIRE(pair.client->received().size() > before);
    }
    CHECK(pair.client->received() == expected);
    CHECK(blocked > 10);
  }
}

TEST_CASE("what waits behind a full kernel counts in the outbound budget") {
  tls_pair pair(*load_tls(), {}, 4096);
  REQUIRE(pair.connect());
  const auto before = pair.budget.used();
  const std::string large(1'000'000, 'x');
  std::string_view rest = large;
  while (true) {
    const auto r = pair.write(rest);
    rest.remove_prefix(r.bytes);
    if (r.what == status::would_block) break;
  }
  CHECK(pair.budget.used() > before);
  CHECK(pair.budget.used() < before + 40'000);
  while (!rest.empty()) {
    pair.client->receive();
    rest.remove_prefix(pair.write(rest).bytes);
  }
  pair.client->receive();
  CHECK(pair.client->received() == large);
  CHECK(pair.budget.used() == before);
}

TEST_CASE("bytes that OpenSSL holds are read without waiting for the descriptor") {
  tls_pair pair(*load_tls());
  REQUIRE(pair.connect());
  const std::string sent(30'000, 'x');
  REQUIRE(pair.client->send(std::string_view(sent).substr(0, 15'000)) == 15'000);
  REQUIRE(pair.client->send(std::string_view(sent).substr(15'000)) == 15'000);
  std::size_t total = 0;
  std::function<void()> wait = [&] {
    pair.stream->wait_readable([&](const boost::system::error_code& ec) {
      REQUIRE(!ec);
      std::array<char, 1000> little;
      total += pair.stream->read(little).bytes;
      if (total < sent.size()) wait();
    });
  };
  wait();
  while (total < sent.size() && pair.loop.context().run_one_for(std::chrono::seconds(10)) > 0) {
  }
  CHECK(total == sent.size());
}

TEST_CASE("an end that came with the last bytes is told without waiting") {
  tls_pair pair(*load_tls());
  REQUIRE(pair.connect());
  pair.client->send("last");
  SSL_shutdown(pair.client->ssl());
  REQUIRE(pair.read() == status::ok);
  CHECK(pair.got == "last");
  bool told = false;
  pair.stream->wait_readable([&](const boost::system::error_code&) {
    told = true;
    CHECK(pair.read() == status::closed);
  });
  pair.loop.context().run_one_for(std::chrono::seconds(10));
  CHECK(told);
}

TEST_CASE("both ends of a stream say goodbye") {
  const auto server = load_tls();
  tls_pair shut(*server);
  REQUIRE(shut.connect());
  shut.stream->shutdown_write();
  shut.client->receive();
  CHECK(shut.client->said_goodbye());
  tls_pair closed(*server);
  REQUIRE(closed.connect());
  closed.stream->close();
  closed.client->receive();
  CHECK(closed.client->said_goodbye());
}

TEST_CASE("a client that comes back resumes its session") {
  const auto server = load_tls();
  tls_pair first(*server);
  REQUIRE(first.connect());
  first.client->receive();  // the ticket
  tls_pair second(*server, {.session = SSL_get0_session(first.client->ssl())});
  REQUIRE(second.connect());
  CHECK(second.client->resumed());
  CHECK(second.loop.counters().tls_resumed.get() == 1);
}

TEST_CASE("clients may have to show a certificate") {
  auto options = server_tls();
  options.client_ca = tls_files().path("a/ca.crt");
  const auto refused = [](const tls_server& server, const std::string& cert) {
    tls_pair pair(server, {.cert = cert});
    pair.connect();  // with TLS 1.3 the client is done before its certificate is judged
    CHECK(pair.loop.counters().tls_handshakes.get() == 0);
    CHECK(pair.loop.counters().tls_failed.get() == 1);
  };
  const auto name = [](const tls_server& server, const std::string& cert) {
    tls_pair pair(server, {.cert = cert});
    CHECK(pair.connect());
    return pair.stream->peer_certificate();
  };
  SUBCASE("required") {
    const auto server = load_tls(options);
    CHECK(name(*server, "a/alice") == "O = pushmesh, CN = alice");
    refused(*server, "");
    refused(*server, "b/alice");
  }
  SUBCASE("requested") {
    options.clients = client_certificates::requested;
    const auto server = load_tls(options);
    CHECK(name(*server, "a/alice") == "O = pushmesh, CN = alice");
    CHECK(name(*server, "").empty());
    refused(*server, "b/alice");
  }
}

TEST_CASE("a reload changes new connections only, and a bad one nothing") {
  const auto& files = tls_files();
  files.run("cp a/server.crt live.crt && cp a/server.key live.key");
  const auto server = load_tls({.cert = files.path("live.crt"), .key = files.path("live.key")});
  const auto name = [&] {
    tls_pair pair(*server);
    CHECK(pair.connect());
    return pair.client->server_name();
  };
  tls_pair old(*server);
  REQUIRE(old.connect());

  files.run("cp a/second.crt live.crt");
  const auto half = server->reload();
  REQUIRE_FALSE(half.has_value());
  CHECK(half.error() == "tls.key: " + files.path("live.key") +
                            " belongs to another certificate than " + files.path("live.crt"));
  CHECK(name() == "O = pushmesh, CN = server");
  CHECK(server->about().find("CN = server") != std::string::npos);

  files.run("cp a/second.key live.key");
  REQUIRE(server->reload().has_value());
  CHECK(name() == "O = pushmesh, CN = second");
  CHECK(server->about().find("CN = second") != std::string::npos);
  CHECK(old.client->send("still here") == 10);
  CHECK(old.read() == status::ok);
  CHECK(old.write("so am I").bytes == 7);
  old.client->receive();
  CHECK(old.client->received() == "so am I");
}

TEST_CASE("files that will not do are named") {
  const auto& files = tls_files();
  const auto error = [&](const char* cert, const char* key, const char* ca) {
    const auto path = [&](const char* file) { return *file ? files.path(file) : std::string(); };
    const auto loaded =
        tls_server::load({.cert = path(cert), .key = path(key), .client_ca = path(ca)});
    REQUIRE_FALSE(loaded.has_value());
    return loaded.error();
  };
  CHECK(error("a/server.crt", "", "") == "TLS needs both tls.cert and tls.key");
  CHECK(error("no.crt", "a/server.key", "") ==
        "tls.cert: " + files.path("no.crt") + " cannot be read: No such file or directory");
  CHECK(error("a/server.crt", "a/second.key", "").starts_with("tls.key: "));
  CHECK(error("a/server.key", "a/server.key", "").find("no certificate in PEM form") !=
        std::string::npos);
  CHECK(error("a/server.crt", "a/server.key", "a/ca.key").starts_with("tls.client_ca: "));
}
