#include "net/transport/listener.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "net/transport/listen_socket.hpp"
#include "tests/unit/transport/test_server.hpp"

using namespace pushmesh::net;
using namespace pushmesh::net::test;
using namespace std::chrono_literals;

namespace {

// Lowers the limit so that exactly `free` more descriptors can be opened.
class few_descriptors {
 public:
  explicit few_descriptors(int free) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    // Fills the holes below the highest descriptor in use, so that the limit counts exactly.
    for (int fd = open_one(), highest = highest_descriptor(); fd < highest; fd = open_one()) {
    }
    auto now = before_;
    now.rlim_cur = static_cast<rlim_t>(highest_descriptor() + 1 + free);
    ::setrlimit(RLIMIT_NOFILE, &now);
  }
  ~few_descriptors() {
    ::setrlimit(RLIMIT_NOFILE, &before_);
    for (int fd : fillers_) ::close(fd);
  }

 private:
  int open_one() {
    fillers_.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return fillers_.back();
  }
  static int highest_descriptor() {
    int highest = 0;
    for (int fd = 0; fd < 4096; ++fd)
      if (::fcntl(fd, F_GETFD) != -1) highest = fd;
    return highest;
  }
  rlimit before_{};
  std::vector<int> fillers_;
};

}  // namespace

TEST_CASE("a port in use is an error that says so") {
  test_server server;
  const auto probed = listener::probe("127.0.0.1", server.port);
  REQUIRE_FALSE(probed);
  CHECK(probed.error() == "address is in use");
  listener second(server.loop, {});
  const auto opened = second.open("127.0.0.1", server.port, false);
  REQUIRE_FALSE(opened);
  CHECK(opened.error() == probed.error());
}

TEST_CASE("probe finds a free port that several listeners can share") {
  const auto port = listener::probe("127.0.0.1", 0);
  REQUIRE(port);
  CHECK(*port != 0);
  test_server server;
  listener a(server.loop, {});
  listener b(server.loop, {});
  CHECK(a.open("127.0.0.1", *port, true) == *port);
  CHECK(b.open("127.0.0.1", *port, true) == *port);
  CHECK_FALSE(listener::probe("127.0.0.1", *port));
}

TEST_CASE("addresses that cannot be listened on are errors") {
  CHECK(listener::probe("192.0.2.1", 3000).error() == "Cannot assign requested address");
  CHECK(listener::probe("no such host", 3000).error().starts_with("cannot resolve no such host: "));
}

TEST_CASE("addresses are shown without port, mapped ones as IPv4") {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  v4.sin_family = AF_INET;
  ::inet_pton(AF_INET, "10.1.2.3", &v4.sin_addr);
  CHECK(address_text(storage) == "10.1.2.3");
  storage = {};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, "::ffff:10.1.2.3", &v6.sin6_addr);
  CHECK(address_text(storage) == "10.1.2.3");
  ::inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
  CHECK(address_text(storage) == "2001:db8::1");
  CHECK(address_text({}).empty());
}

TEST_CASE("what is in the backlog is accepted before a listener stops") {
  test_server server;
  std::vector<std::unique_ptr<test_client>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<test_client>(server.port));
    clients.back()->send(upgrade_request());
    clients.back()->expect_frames();
  }
  server.acceptor.stop();
  for (auto& c : clients) REQUIRE(server.wait_frames(*c, 1));
  CHECK_THROWS(test_client(server.port));
}

TEST_CASE("accepted sockets send without delay") {
  test_server server;
  auto client = server.connect();
  int highest = 0;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) != -1) highest = fd;
  int found = 0;
  for (int fd = 0; fd <= highest; ++fd) {
    sockaddr_in own{};
    sockaddr_in peer{};
    socklen_t own_size = sizeof own;
    socklen_t peer_size = sizeof peer;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) != 0 ||
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0 ||
        ntohs(own.sin_port) != server.port)
      continue;
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
    CHECK(value != 0);
    ++found;
  }
  CHECK(found == 1);
}

TEST_CASE("connections beyond max_connections are closed at once") {
  transport_options options;
  options.max_connections = 2;
  test_server server(options);
  auto first = server.connect();
  auto second = server.connect();
  test_client third(server.port);
  CHECK(server.wait_end(third));
  CHECK(server.loop.counters().refused_full.get() == 1);
  first->reset();
  REQUIRE(server.run_until([&] { return server.loop.open_descriptors() == 1; }));
  CHECK(server.connect());
}

TEST_CASE("a listener without Engine.IO answers on a full node") {
  transport_options options;
  options.max_connections = 1;
  test_server server(options);
  auto client = server.connect();
  listener_role role;
  role.engineio = false;
  listener internal(server.loop, role);
  const auto port = internal.open("127.0.0.1", 0, false);
  REQUIRE(port);
  test_client check(*port);
  check.send("GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n");
  REQUIRE(server.wait_end(check));
  CHECK(check.raw().starts_with("HTTP/1.1 404"));
  CHECK(server.loop.counters().refused_full.get() == 0);
}

TEST_CASE("out of descriptors, clients are refused without spinning and others are served") {
  test_server server;
  auto bystander = server.connect();
  auto& probe = server.last();
  std::vector<std::unique_ptr<test_client>> served;
  for (std::size_t round = 1; round <= 3; ++round) {
    // Connected before the limit falls: they wait in the backlog.
    std::vector<std::unique_ptr<test_client>> waiting;
    for (int i = 0; i < 5; ++i) waiting.push_back(std::make_unique<test_client>(server.port));
    {
      few_descriptors none(0);
      for (auto& c : waiting) REQUIRE(server.wait_end(*c));
      CHECK(server.loop.counters().refused_descriptors.get() ==
            static_cast<std::int64_t>(5 * round));
      REQUIRE(server.logged.size() == round);
      CHECK(server.logged.back() == "out of file descriptors: new connections are refused");
      // Paused: the loop has nothing to do although the listening socket may be readable.
      CHECK_FALSE(server.turn());
      bystander->send_text("4x");
      REQUIRE(server.run_until([&] { return probe.texts.size() == round; }));
    }
    // Kept, because its end would free a descriptor in the next round.
    served.push_back(server.connect());
  }
}
