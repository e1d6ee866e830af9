#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node/bench/shared_memory.hpp"
#include "cluster/node/bench/worker_board.hpp"
#include "net/protocol/websocket_frame.hpp"
#include "net/protocol/websocket_parser.hpp"

namespace bench_test {

/// How a fake_server misbehaves.
struct manners {
  bool refuses_upgrades = false;    ///< answers them with 503
  bool is_silent = false;           ///< never answers anything
  unsigned skips_every = 0;         ///< every n-th client gets no broadcasts; 0: none
  unsigned doubles_every = 0;       ///< every n-th client gets broadcasts twice; 0: none
  bool forgets_acks = false;        ///< never answers `echo`
  unsigned drops_at_broadcast = 0;  ///< closes its first client instead of this broadcast
};

/// The least Socket.IO server that satisfies the load client: namespace `/`, events `echo` and
/// `broadcast`, POST of a JSON array. Poll() on a free port of 127.0.0.1, in a process of its own:
/// the run under test forks its workers, and a thread beside it could hold the sanitizers'
/// allocator at that moment, which leaves the worker waiting for it for good.
class fake_server {
 public:
  explicit fake_server(manners m = {}) : manners_(m), listener_(open_listener()) {
    sockaddr_in a{};
    socklen_t size = sizeof a;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&a), &size);
    address_ = "127.0.0.1:" + std::to_string(ntohs(a.sin_port));
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("fork");
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      serve();
    }
    close(listener_);
  }
  ~fake_server() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  fake_server(const fake_server&) = delete;
  fake_server& operator=(const fake_server&) = delete;

  const std::string& address() const noexcept { return address_; }
  std::uint64_t joins() const noexcept { return joins_->get(); }

 private:
  struct client {
    explicit client(int descriptor) : fd(descriptor) {}
    int fd;
    std::string head;  // of the HTTP request, until it is upgraded
    bool is_websocket = false, has_joined = false;
    bool is_owed_answer = false;  // to a POST
    unsigned number = 0;          // in the order they joined
    pushmesh::net::websocket_parser parser{pushmesh::net::ws_role::server, 1 << 20};
  };

  static int open_listener() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a);
    listen(fd, 1024);
    return fd;
  }

  static void say(client& c, std::string_view bytes) {
    send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  static void text(client& c, std::string_view t) {
    say(c, pushmesh::net::make_frame(pushmesh::net::ws_opcode::text, {t})->bytes());
  }

  [[noreturn]] void serve() {
    for (;;) {
      std::vector<pollfd> waiting{{listener_, POLLIN, 0}};
      for (const auto& c : clients_) waiting.push_back({c->fd, POLLIN, 0});
      const int ready = poll(waiting.data(), waiting.size(), 10);
      if (ready > 0) read_all(waiting);
      // A turn later than the POST: who does not wait for the answer is caught.
      if (ready == 0) answer_posts();
    }
  }

  void answer_posts() {
    for (const auto& c : clients_) {
      if (c->is_owed_answer) say(*c, "HTTP/1.1 204 No Content\r\n\r\n");
      c->is_owed_answer = false;
    }
  }

  void read_all(const std::vector<pollfd>& waiting) {
    for (std::size_t i = 1; i < waiting.size(); ++i)
      if (waiting[i].revents != 0 && !read(*clients_[i - 1])) end(*clients_[i - 1]);
    std::erase_if(clients_, [](const auto& c) { return c->fd < 0; });
    if (waiting[0].revents == 0) return;
    clients_.push_back(std::make_unique<client>(accept(listener_, nullptr, nullptr)));
  }

  static void end(client& c) {
    if (c.fd >= 0) close(c.fd);
    c.fd = -1;
  }

  bool read(client& c) {
    char buffer[65536];
    const auto n = c.fd < 0 ? 0 : recv(c.fd, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    if (manners_.is_silent) return true;
    if (!c.is_websocket) return answer_http(c, {buffer, static_cast<std::size_t>(n)});
    std::span<char> rest(buffer, static_cast<std::size_t>(n));
    for (;;) {
      const auto event = c.parser.next(rest);
      if (!event) return false;
      if (!*event) return true;
      handle(c, (*event)->payload);
    }
  }

  bool answer_http(client& c, std::string_view bytes) {
    if (c.is_owed_answer) return false;
    c.head += bytes;
    const auto end = c.head.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    if (c.head.starts_with("POST ")) {
      if (c.head.back() != ']') return true;
      broadcast(nullptr, "42" + c.head.substr(end + 4));
      c.head.clear();
      return c.is_owed_answer = true;
    }
    if (manners_.refuses_upgrades) {
      say(c, "HTTP/1.1 503 Service Unavailable\r\n\r\n");
      return false;
    }
    c.is_websocket = true;
    say(c,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
    text(c,
         R"(0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1})");
    return true;
  }

  void handle(client& c, std::string_view packet) {
    if (packet.starts_with("40")) {
      c.has_joined = true;
      joins_->add();
      c.number = static_cast<unsigned>(joins_->get());
      text(c, R"(40{"sid":"s"})");
    } else if (packet.starts_with("42[\"broadcast\",")) {
      broadcast(&c, "42[" + std::string(packet.substr(15)));
    } else if (packet.starts_with("42") && !manners_.forgets_acks) {
      const auto bracket = packet.find('[');
      text(c, "43" + std::string(packet.substr(2, bracket - 2)) + "[]");
    }
  }

  void broadcast(const client* sender, const std::string& packet) {
    const bool drops = ++broadcasts_ == manners_.drops_at_broadcast;
    for (const auto& c : clients_) {
      if (!c->has_joined || c->fd < 0 || c.get() == sender) continue;
      if (drops && c->number == 1) {
        end(*c);
        continue;
      }
      if (manners_.skips_every != 0 && c->number % manners_.skips_every == 0) continue;
      text(*c, packet);
      if (manners_.doubles_every != 0 && c->number % manners_.doubles_every == 0) text(*c, packet);
    }
  }

  const manners manners_;
  const int listener_;
  std::string address_;
  std::vector<std::unique_ptr<client>> clients_;
  const pushmesh::bench::shared_memory<pushmesh::bench::shared_number> joins_;
  unsigned broadcasts_ = 0;
  pid_t process_ = -1;
};

}  // namespace bench_test
