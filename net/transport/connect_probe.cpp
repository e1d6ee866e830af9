#include "net/transport/connect_probe.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <pthread.h>
#include <thread>
#include <utility>

namespace pushmesh::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct attempt : std::enable_shared_from_this<attempt> {
  attempt(asio::io_context& c, std::function<void(bool)> f)
      : socket(c), timer(c), done(std::move(f)) {}

  void start(const tcp::endpoint& where, std::chrono::milliseconds deadline) {
    timer.expires_after(deadline);
    timer.async_wait([self = shared_from_this()](const error_code& ec) {
      if (!ec) self->finish(false);
    });
    socket.async_connect(where,
                         [self = shared_from_this()](const error_code& ec) { self->finish(!ec); });
  }
  void finish(bool answered) {
    if (!done) return;
    timer.cancel();
    error_code ignored;
    socket.close(ignored);
    std::exchange(done, {})(answered);
  }

  tcp::socket socket;
  asio::steady_timer timer;
  std::function<void(bool)> done;
};

}  // namespace

class connect_probe::impl {
 public:
  impl() : guard(asio::make_work_guard(context)), resolver(context), thread([this] { run(); }) {}
  ~impl() {
    context.stop();
    thread.join();
  }

  asio::io_context context{1};

 private:
  void run() {
    pthread_setname_np(pthread_self(), "pm.probe");
    context.run();
  }
  asio::executor_work_guard<asio::io_context::executor_type> guard;

 public:
  tcp::resolver resolver;

 private:
  std::thread thread;  // last: it uses the rest
};

connect_probe::connect_probe() : impl_(std::make_unique<impl>()) {}
connect_probe::~connect_probe() = default;

void connect_probe::connect(const std::string& ip, std::uint16_t port,
                            std::chrono::milliseconds deadline, std::function<void(bool)> done) {
  asio::post(impl_->context, [this, ip, port, deadline, done = std::move(done)]() mutable {
    error_code ec;
    const auto address = asio::ip::make_address(ip, ec);
    if (ec) return done(false);
    std::make_shared<attempt>(impl_->context, std::move(done))->start({address, port}, deadline);
  });
}

void connect_probe::look_up(const std::string& host,
                            std::function<void(std::vector<std::string>)> done) {
  asio::post(impl_->context, [this, host, done = std::move(done)]() mutable {
    impl_->resolver.async_resolve(
        host, "", [done = std::move(done)](const error_code& ec, const auto& results) {
          std::vector<std::string> found;
          if (!ec)
            for (const auto& r : results) found.push_back(r.endpoint().address().to_string());
          done(std::move(found));
        });
  });
}

}  // namespace pushmesh::net
