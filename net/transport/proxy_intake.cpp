#include "net/transport/proxy_intake.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "net/protocol/proxy_header.hpp"
#include "net/transport/address_set.hpp"
#include "net/transport/http_session.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/tls/tls_server.hpp"

namespace pushmesh::net {
namespace {

using boost::system::error_code;

std::string text_of(const proxy_v2::source& s) {
  ip_address a{s.address};
  if (!s.v6) a = ip_address::of_v4({s.address[0], s.address[1], s.address[2], s.address[3]});
  return a.str();
}

class intake final : public http_session, private timer_node {
 public:
  using ref = boost::intrusive_ptr<intake>;

  intake(io_loop& loop, std::shared_ptr<const listener_role> role, byte_stream::socket s,
         std::string proxy)
      : timer_node([](timer_node& n) {
          auto& late = static_cast<intake&>(n);
          late.loop_.counters().request_timeouts.add();
          late.cut();
        }),
        loop_(loop),
        role_(std::move(role)),
        socket_(std::move(s)),
        proxy_(std::move(proxy)),
        bytes_(proxy_v2::fixed_size) {}

  void begin() {
    loop_.add(*this);
    loop_.timers().arm(*this, loop_.now(), loop_.options().request_timeout);
    wait();
  }

  void cut() override {
    const ref self(this);
    if (!leave()) return;
    error_code ignored;
    socket_.close(ignored);
    loop_.descriptor_closed();
  }
  // The header is under way: that is not idle, and the deadline is near.
  void cut_if_idle() override {}

 private:
  friend void intrusive_ptr_add_ref(intake* i) noexcept { ++i->references_; }
  friend void intrusive_ptr_release(intake* i) noexcept {
    if (--i->references_ == 0) delete i;
  }
  ~intake() = default;

  // False when that was done before.
  bool leave() {
    if (std::exchange(ended_, true)) return false;
    cancel();
    unlink();
    return true;
  }

  void wait() {
    socket_.async_wait(byte_stream::socket::wait_read,
                       [self = ref(this)](const error_code& ec) { self->on_readable(ec); });
  }

  void on_readable(const error_code& ec) {
    if (ended_) return;
    if (ec) return cut();
    while (!complete()) {
      const auto n = ::recv(socket_.native_handle(), bytes_.data() + got_, bytes_.size() - got_, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return wait();
      if (n <= 0) return cut();
      got_ += static_cast<std::size_t>(n);
    }
    if (!header_) return refuse();
    const std::span<const std::uint8_t> all(bytes_);
    const auto client = proxy_v2::parse_rest(*header_, all.subspan(proxy_v2::fixed_size));
    if (leave()) serve_client(loop_, role_, std::move(socket_), client ? text_of(*client) : proxy_);
  }

  // Whether nothing more is to be read: all of it is there, or it is wrong.
  bool complete() {
    if (got_ < bytes_.size()) return false;
    if (header_) return true;
    const auto parsed = proxy_v2::parse_fixed(
        std::span<const std::uint8_t, proxy_v2::fixed_size>(bytes_.data(), proxy_v2::fixed_size));
    if (!parsed) return true;
    header_ = *parsed;
    bytes_.resize(proxy_v2::fixed_size + header_->rest);
    return header_->rest == 0;
  }

  void refuse() {
    loop_.counters().bad_proxy_headers.add();
    cut();
  }

  io_loop& loop_;
  std::shared_ptr<const listener_role> role_;
  byte_stream::socket socket_;
  std::string proxy_;
  std::vector<std::uint8_t> bytes_;  // as long as what is to be read next
  std::size_t got_ = 0;
  std::optional<proxy_v2::header> header_;
  std::uint32_t references_ = 0;
  bool ended_ = false;
};

}  // namespace

void serve_client(io_loop& loop, std::shared_ptr<const listener_role> role, byte_stream::socket s,
                  std::string address) {
  auto stream =
      role->tls ? role->tls->accept(loop, std::move(s)) : make_plain_stream(loop, std::move(s));
  http_session::start(loop, std::move(role), std::move(stream), std::move(address));
}

void read_proxy_header(io_loop& loop, std::shared_ptr<const listener_role> role,
                       byte_stream::socket s, std::string proxy) {
  const intake::ref i(new intake(loop, std::move(role), std::move(s), std::move(proxy)));
  i->begin();
}

}  // namespace pushmesh::net
