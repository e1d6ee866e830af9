#include "net/transport/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "net/transport/address_set.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/listen_socket.hpp"
#include "net/transport/proxy_intake.hpp"

namespace pushmesh::net {
namespace {

using boost::asio::ip::tcp;

// So that accepting does not starve the connections that are there.
constexpr int accepts_per_wake_up = 64;
constexpr auto pause_when_too_fast = std::chrono::milliseconds(10);
constexpr auto pause_without_descriptors = std::chrono::milliseconds(100);

bool out_of_descriptors(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// A descriptor held back: without it a full process could not even refuse a client, and its
// listening socket would stay readable for ever.
class spare_descriptor {
 public:
  spare_descriptor() { reopen(); }
  ~spare_descriptor() { give(); }
  spare_descriptor(const spare_descriptor&) = delete;
  spare_descriptor& operator=(const spare_descriptor&) = delete;
  bool held() const noexcept { return fd_ >= 0; }
  void give() noexcept {
    if (held()) ::close(std::exchange(fd_, -1));
  }
  void reopen() noexcept {
    if (!held()) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

 private:
  int fd_ = -1;
};

}  // namespace

class listener::acceptor : private timer_node {
 public:
  acceptor(io_loop& loop, listener_role role)
      : timer_node(&acceptor::on_pause_over),
        loop_(loop),
        role_(std::make_shared<const listener_role>(std::move(role))),
        socket_(loop.context()),
        proxies_(loop.options().trusted_proxies) {}

  tl::expected<std::uint16_t, std::string> open(const std::string& host, std::uint16_t port,
                                                bool reuse_port) {
    auto bound = listen_socket::bind(
        host, port,
        reuse_port ? listen_socket::sharing::reuse_port : listen_socket::sharing::exclusive);
    if (!bound) return tl::make_unexpected(bound.error());
    if (auto listening = bound->listen(); !listening) return tl::make_unexpected(listening.error());
    const auto own_port = bound->port();
    const auto protocol = bound->family() == AF_INET6 ? tcp::v6() : tcp::v4();
    boost::system::error_code ec;
    socket_.assign(protocol, bound->release(), ec);
    if (ec) return tl::make_unexpected("cannot watch the listening socket: " + ec.message());
    wait();
    return own_port;
  }

  void stop() {
    if (!socket_.is_open()) return;
    stopping_ = true;
    while (accept_batch() == progress::more) {
    }
    cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

  friend void intrusive_ptr_add_ref(acceptor* a) noexcept { ++a->references_; }
  friend void intrusive_ptr_release(acceptor* a) noexcept {
    if (--a->references_ == 0) delete a;
  }

 private:
  enum class progress : std::uint8_t { more, none_left, exhausted, too_fast };

  static void on_pause_over(timer_node& node) { static_cast<acceptor&>(node).wait(); }

  void wait() {
    socket_.async_wait(tcp::socket::wait_read,
                       [self = boost::intrusive_ptr<acceptor>(this)](
                           const boost::system::error_code&) { self->on_readable(); });
  }

  void on_readable() {
    if (!socket_.is_open()) return;
    switch (accept_batch()) {
      case progress::exhausted:
        return loop_.timers().arm(*this, loop_.now(), pause_without_descriptors);
      case progress::too_fast:
        return loop_.timers().arm(*this, loop_.now(), pause_when_too_fast);
      default:
        return wait();
    }
  }

  progress accept_batch() {
    for (int n = 0; n < accepts_per_wake_up; ++n) {
      if (!pace_allows()) return progress::too_fast;
      sockaddr_storage peer{};
      const int fd = accept_one(peer);
      if (fd >= 0) {
        exhausted_ = false;
        has_permit_ = false;
        serve(fd, peer);
      } else if (errno == EAGAIN) {
        return progress::none_left;
      } else if (out_of_descriptors(errno)) {
        refuse_waiting(errno);
        return progress::exhausted;
      }
      // Anything else concerns one connection that is gone already (accept(2), "Error handling").
    }
    return progress::more;
  }

  // Whether one more may be accepted now; more per second wait in the backlog. A permit that finds
  // nobody waiting is kept for the next one.
  bool pace_allows() {
    auto* const limit = role_->engineio && !stopping_ ? loop_.hooks().connects : nullptr;
    if (!limit || has_permit_) return true;
    if (limit->take(loop_.now(), loop_.options().max_connect_rate)) {
      was_too_fast_ = false;
      return has_permit_ = true;
    }
    loop_.counters().connects_delayed.add();
    if (!std::exchange(was_too_fast_, true))
      loop_.log("more than max_connect_rate (" + std::to_string(loop_.options().max_connect_rate) +
                " per second) new connections: they wait");
    return false;
  }

  int accept_one(sockaddr_storage& peer) {
    socklen_t size = sizeof peer;
    return ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
  }

  void serve(int fd, const sockaddr_storage& peer) {
    loop_.counters().accepted.add();
    if (!role_->engineio) {
      loop_.internal_descriptor_opened();
    } else if (!loop_.descriptor_opened()) {
      loop_.counters().refused_full.add();
      ::close(fd);
      return;
    }
    byte_stream::socket socket(loop_.context());
    boost::system::error_code ec;
    socket.assign(peer.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, ec);
    if (ec) {
      ::close(fd);
      loop_.descriptor_closed();
      return;
    }
    auto address = address_text(peer);
    if (!role_->engineio || !loop_.options().proxy_protocol)
      return serve_client(loop_, role_, std::move(socket), std::move(address));
    if (const auto ip = ip_address::parse(address); ip && proxies_.contains(*ip))
      return read_proxy_header(loop_, role_, std::move(socket), std::move(address));
    loop_.counters().refused_proxy.add();
    socket.close(ec);
    loop_.descriptor_closed();
  }

  // Tells those in the backlog at once, instead of letting them wait for a time-out of their own.
  void refuse_waiting(int error) {
    if (!std::exchange(exhausted_, true))
      loop_.log(error == EMFILE || error == ENFILE
                    ? "out of file descriptors: new connections are refused"
                    : "out of socket memory: new connections are refused");
    for (int n = 0; n < accepts_per_wake_up; ++n) {
      spare_.give();
      sockaddr_storage peer{};
      const int fd = accept_one(peer);
      if (fd >= 0) {
        loop_.counters().refused_descriptors.add();
        ::close(fd);
      }
      spare_.reopen();
      if (fd < 0) return;
    }
  }

  io_loop& loop_;
  std::shared_ptr<const listener_role> role_;
  boost::asio::basic_socket_acceptor<tcp, boost::asio::io_context::executor_type> socket_;
  address_set proxies_;
  spare_descriptor spare_;
  std::uint32_t references_ = 0;
  bool exhausted_ = false;
  bool was_too_fast_ = false;
  bool has_permit_ = false;
  bool stopping_ = false;
};

listener::listener(io_loop& loop, listener_role role)
    : acceptor_(new acceptor(loop, std::move(role))) {
  intrusive_ptr_add_ref(acceptor_);
}

listener::~listener() {
  stop();
  intrusive_ptr_release(acceptor_);
}

tl::expected<std::uint16_t, std::string> listener::open(const std::string& host, std::uint16_t port,
                                                        bool reuse_port) {
  return acceptor_->open(host, port, reuse_port);
}

void listener::stop() {
  acceptor_->stop();
}

tl::expected<std::uint16_t, std::string> listener::probe(const std::string& host,
                                                         std::uint16_t port) {
  return listen_socket::bind(host, port, listen_socket::sharing::exclusive)
      .map([](const listen_socket& bound) { return bound.port(); });
}

}  // namespace pushmesh::net
