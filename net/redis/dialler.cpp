#include "net/redis/dialler.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"
#include "net/transport/tls/tls_connector.hpp"

namespace pushmesh::net::redis {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using executor = boost::asio::io_context::executor_type;

std::string text_of(int error) {
  return std::generic_category().message(error);
}

/// A unix socket connects or fails at once.
tl::expected<int, std::string> connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return tl::make_unexpected(std::string("the path of the unix socket is too long"));
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return tl::make_unexpected(text_of(errno));
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const auto error = errno;
  ::close(fd);
  return tl::make_unexpected(text_of(error));
}

}  // namespace

class dialler::attempt : public std::enable_shared_from_this<attempt>, private timer_node {
 public:
  attempt(io_loop& loop, const redis_url& where, const redis_options& options,
          dialler::callback done)
      : timer_node(&attempt::on_late),
        loop_(loop),
        where_(where),
        tls_(options.tls),
        done_(std::move(done)),
        resolver_(loop.context().get_executor()),
        socket_(loop.context().get_executor()) {}

  void start(std::chrono::milliseconds timeout) {
    loop_.timers().arm(*this, loop_.now(), timeout);
    if (!where_.socket.empty()) {
      boost::asio::post(loop_.context(), [self = shared_from_this()] { self->dial_unix(); });
      return;
    }
    error_code no_address;
    const auto address = boost::asio::ip::make_address(where_.host, no_address);
    if (!no_address) {
      endpoints_.emplace_back(address, where_.port);
      return dial_next();
    }
    resolver_.async_resolve(where_.host, std::to_string(where_.port),
                            tcp::resolver::numeric_service,
                            [self = shared_from_this()](const error_code& ec, auto found) {
                              self->on_resolved(ec, found);
                            });
  }

  void cancel() {
    done_ = nullptr;
    timer_node::cancel();
    resolver_.cancel();
    error_code ignored;
    socket_.close(ignored);
    stream_.reset();
  }

 private:
  using result = tl::expected<std::unique_ptr<byte_stream>, std::string>;

  static void on_late(timer_node& node) {
    auto& self = static_cast<attempt&>(node);
    self.finish(tl::make_unexpected(
        std::string(self.stream_ ? "no TLS in time" : "no connection in time")));
  }

  void dial_unix() {
    if (!done_) return;
    const auto fd = connect_unix(where_.socket);
    if (!fd) return finish(tl::make_unexpected(fd.error()));
    // Asio only watches the descriptor: which protocol it is told makes no difference.
    error_code ec;
    socket_.assign(tcp::v4(), *fd, ec);
    if (!ec) return connected();
    ::close(*fd);
    finish(tl::make_unexpected(ec.message()));
  }

  template <class Found>
  void on_resolved(const error_code& ec, const Found& found) {
    if (!done_) return;
    if (ec) return finish(tl::make_unexpected("cannot resolve the name: " + ec.message()));
    for (const auto& entry : found) endpoints_.push_back(entry.endpoint());
    dial_next();
  }

  void dial_next() {
    const auto to = endpoints_[next_++];
    error_code ignored;
    socket_.close(ignored);
    socket_.async_connect(to, [self = shared_from_this()](const error_code& ec) {
      if (!self->done_) return;
      if (!ec) return self->connected();
      if (self->next_ < self->endpoints_.size()) return self->dial_next();
      self->finish(tl::make_unexpected(ec.message()));
    });
  }

  void connected() {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    if (where_.socket.empty()) {
      socket_.set_option(tcp::no_delay(true), ignored);
      socket_.set_option(boost::asio::socket_base::keep_alive(true), ignored);
    }
    loop_.internal_descriptor_opened();
    if (!where_.tls) return finish(make_plain_stream(loop_, std::move(socket_)));
    if (!tls_) return finish(tl::make_unexpected(std::string("TLS is not set up")));
    stream_ = tls_->connect(loop_, std::move(socket_), where_.host);
    shake_hands();
  }

  void shake_hands() {
    using status = io_result::status;
    const auto now = stream_->handshake();
    if (now == status::ok) return finish(std::move(stream_));
    if (now == status::would_block)
      return stream_->wait_readable([self = shared_from_this()](const error_code&) {
        if (self->done_) self->shake_hands();
      });
    const auto problem = stream_->problem();
    finish(tl::make_unexpected("TLS: " + (problem.empty() ? "the server hung up" : problem)));
  }

  void finish(result r) {
    const auto keep = shared_from_this();  // `done` may destroy the dialler
    const auto done = std::exchange(done_, nullptr);
    cancel();
    done(std::move(r));
  }

  io_loop& loop_;
  redis_url where_;
  std::shared_ptr<const tls_connector> tls_;
  dialler::callback done_;  // empty once it ended
  boost::asio::ip::basic_resolver<tcp, executor> resolver_;
  byte_stream::socket socket_;
  std::unique_ptr<byte_stream> stream_;  // connected, shaking hands
  std::vector<tcp::endpoint> endpoints_;
  std::size_t next_ = 0;
};

dialler::dialler(io_loop& loop, const redis_url& where, const redis_options& options, callback done)
    : attempt_(std::make_shared<attempt>(loop, where, options, std::move(done))) {
  attempt_->start(options.connect_timeout);
}

dialler::~dialler() {
  attempt_->cancel();
}

}  // namespace pushmesh::net::redis
