#include "net/redis/client.hpp"

#include <random>
#include <utility>

#include "net/transport/io_loop.hpp"

namespace pushmesh::net::redis {
namespace {

/// Jitter needs no secrecy: splitmix64.
std::uint64_t next_random(std::uint64_t& state) noexcept {
  auto x = state += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

}  // namespace

client::client(io_loop& loop, redis_url where, const redis_options& options, client_events& events)
    : loop_(loop),
      where_(std::move(where)),
      options_(options),
      events_(events),
      waits_(options.first_wait, options.longest_wait),
      retry_(*this, [](timer_node& n) { static_cast<timer&>(n).owner.dial(); }),
      life_(*this, [](timer_node& n) { static_cast<timer&>(n).owner.ask_for_life(); }),
      random_(std::random_device{}()) {}

client::~client() {
  if (connection_) connection_->abandon();
}

void client::start() {
  if (state_ == state::idle) dial();
}

void client::dial() {
  state_ = state::dialling;
  dialler_.emplace(loop_, where_, options_, [this](auto stream) {
    if (!stream) return lost(stream.error());
    connection_ = std::make_shared<connection>(loop_, options_, std::move(*stream),
                                               static_cast<connection_events&>(*this));
    connection_->start();
    greet();
  });
}

// All at once: one way there and back. The last answer counts as the sign that it serves us.
void client::greet() {
  state_ = state::greeting;
  const auto send = [this](std::initializer_list<std::string_view> words, reply_handler done) {
    connection_->send({words.begin(), words.size()}, std::move(done));
  };
  if (!where_.user.empty())
    send({"AUTH", where_.user, where_.password}, greeted(false));
  else if (!where_.password.empty())
    send({"AUTH", where_.password}, greeted(false));
  const auto database = std::to_string(where_.database);
  if (where_.database != 0) send({"SELECT", database}, greeted(false));
  send({"PING"}, greeted(true));
}

reply_handler client::greeted(bool last) {
  return [this, last](redis_result r) {
    if (state_ != state::greeting) return;
    // Somebody without the right to PING is logged in all the same.
    const auto forbidden = !r && last && r.error().text.starts_with("NOPERM");
    if (!r && !forbidden) {
      if (r.error().code == redis_errc::refused) drop(r.error().text);
      return;  // otherwise the connection ends, which says why
    }
    if (!last) return;
    state_ = state::ready;
    ++connects_;
    waits_.reset();
    loop_.timers().arm(life_, loop_.now(), options_.ping_interval);
    events_.on_ready();
  };
}

void client::send(std::initializer_list<std::string_view> words, reply_handler done) {
  if (!ready())
    return done(tl::make_unexpected(
        redis_error{redis_errc::not_connected, "there is no connection to Redis"}));
  connection_->send({words.begin(), words.size()}, std::move(done));
}

void client::expect_pushes() {
  if (connection_) connection_->expect_pushes();
}

void client::pause() {
  if (connection_) connection_->pause();
}

void client::resume() {
  if (connection_) connection_->resume();
}

void client::drop(const std::string& why) {
  if (connection_) connection_->close(why);
}

void client::on_push(reply message) {
  events_.on_push(std::move(message));
}

void client::on_closed(const std::string& why) {
  lost(why);
}

void client::lost(const std::string& why) {
  state_ = state::waiting;
  life_.cancel();
  connection_.reset();
  loop_.timers().arm(retry_, loop_.now(), waits_.next(next_random(random_)));
  events_.on_lost(why);
}

void client::ask_for_life() {
  if (!ready()) return;
  loop_.timers().arm(life_, loop_.now(), options_.ping_interval);
  // Its deadline is what notices: the answer itself does not matter.
  if (connection_->pending() == 0 && !connection_->paused()) send({"PING"}, [](redis_result) {});
}

}  // namespace pushmesh::net::redis
