#include "net/redis/connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <algorithm>
#include <chrono>
#include <utility>

#include "net/transport/io_loop.hpp"

namespace pushmesh::net::redis {
namespace {

using boost::system::error_code;
using status = io_result::status;

/// So that a burst of messages leaves the loop to others now and then.
constexpr int replies_per_turn = 64;

}  // namespace

connection::connection(io_loop& loop, const redis_options& options,
                       std::unique_ptr<byte_stream> stream, connection_events& events)
    : timer_node(&connection::on_late),
      loop_(loop),
      options_(options),
      stream_(std::move(stream)),
      events_(&events),
      reader_(options.max_reply) {}

void connection::start() {
  wait_for_bytes();
}

void connection::send(std::span<const std::string_view> words, reply_handler done) {
  if (!is_open())
    return done(tl::make_unexpected(
        redis_error{redis_errc::not_connected, "there is no connection to Redis"}));
  if (pending_.size() >= options_.max_pending || out_.size() >= options_.max_pending_bytes)
    return done(tl::make_unexpected(
        redis_error{redis_errc::overloaded, "too many commands wait for Redis"}));
  out_ += format_command(words);
  pending_.push_back({loop_.now() + options_.command_timeout, std::move(done)});
  arm();
  flush_soon();
}

void connection::pause() {
  paused_ = true;
  cancel();
}

void connection::resume() {
  if (!std::exchange(paused_, false) || !is_open()) return;
  heard_ = loop_.now();  // time did not count
  arm();
  take_more_soon();  // what was read before the pause comes first, and may pause again
}

void connection::close(const std::string& why) {
  end(redis_errc::connection_lost, why);
}

void connection::abandon() {
  events_ = nullptr;
  pending_.clear();
  end(redis_errc::connection_lost, {});
}

void connection::on_late(timer_node& node) {
  auto& self = static_cast<connection&>(node);
  const auto keep = self.shared_from_this();
  if (self.pending_.empty()) return;
  if (self.due() > self.loop_.now()) return self.arm();
  self.end(redis_errc::timed_out,
           "no answer within " + std::to_string(self.options_.command_timeout.count()) + " ms");
}

/// The first of them is due first; not while Redis is talking: its answer is behind the messages
/// that are on their way, of which there may be any number.
timer_wheel::clock::time_point connection::due() const {
  return std::max(pending_.front().deadline, heard_ + options_.command_timeout);
}

void connection::arm() {
  if (paused_ || armed() || pending_.empty()) return;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due() - loop_.now());
  loop_.timers().arm(*this, loop_.now(), std::max(left, std::chrono::milliseconds(0)));
}

void connection::wait_for_bytes() {
  if (waits_readable_ || paused_ || !is_open()) return;
  waits_readable_ = true;
  stream_->wait_readable([self = shared_from_this()](const error_code& ec) {
    self->waits_readable_ = false;
    if (ec || self->paused_) return;
    self->read();
  });
}

// One buffer at a time: whatever else the loop has to do comes in between.
void connection::read() {
  const auto buffer = loop_.read_buffer();
  const auto got = stream_->read(buffer);
  if (got.what == status::would_block) return wait_for_bytes();
  if (got.what == status::closed)
    return end(redis_errc::connection_lost, "Redis closed the connection");
  if (got.what == status::error) {
    const auto problem = stream_->problem();
    return end(redis_errc::connection_lost,
               "reading from Redis failed" + (problem.empty() ? problem : ": " + problem));
  }
  heard_ = loop_.now();
  reader_.feed(buffer.first(got.bytes));
  take_replies();
}

void connection::take_replies() {
  for (int taken = 0; is_open() && !paused_; ++taken) {
    if (taken == replies_per_turn) return take_more_soon();
    auto next = reader_.next();
    if (!next)
      return end(redis_errc::connection_lost, "Redis sent something else: " + next.error());
    if (!*next) return wait_for_bytes();
    take(std::move(**next));
  }
}

// What was read comes first: nothing new is read meanwhile.
void connection::take_more_soon() {
  if (std::exchange(more_due_, true)) return;
  boost::asio::post(loop_.context(), [self = shared_from_this()] {
    self->more_due_ = false;
    self->take_replies();
  });
}

void connection::take(reply r) {
  if (is_push(r)) {
    if (events_) events_->on_push(std::move(r));
    return;
  }
  if (pending_.empty())
    return end(redis_errc::connection_lost,
               r.is(reply::type::error) ? r.text : "Redis answered what nobody asked");
  auto done = std::move(pending_.front().done);
  pending_.pop_front();
  if (pending_.empty()) cancel();
  if (r.is(reply::type::error))
    return done(tl::make_unexpected(redis_error{redis_errc::refused, std::move(r.text)}));
  done(std::move(r));
}

bool connection::is_push(const reply& r) const noexcept {
  if (!pushes_ || r.items.empty()) return false;
  const auto& what = r.items.front().text;
  return (what == "pmessage" && r.items.size() == 4) || (what == "message" && r.items.size() == 3);
}

// What one turn of the loop sends goes out together.
void connection::flush_soon() {
  if (std::exchange(flush_due_, true)) return;
  boost::asio::post(loop_.context(), [self = shared_from_this()] { self->flush(); });
}

void connection::flush() {
  flush_due_ = false;
  while (is_open() && !out_.empty()) {
    const iovec piece{out_.data(), out_.size()};
    const auto put = stream_->write({&piece, 1});
    if (put.what == status::would_block) {
      flush_due_ = true;
      stream_->wait_writable([self = shared_from_this()](const error_code& ec) {
        if (!ec) self->flush();
      });
      return;
    }
    if (put.what != status::ok) return end(redis_errc::connection_lost, "writing to Redis failed");
    out_.erase(0, put.bytes);
  }
}

void connection::end(redis_errc code, const std::string& why) {
  if (!is_open()) return;
  const auto keep = shared_from_this();
  cancel();
  stream_->close();
  for (auto& command : std::exchange(pending_, {}))
    command.done(tl::make_unexpected(redis_error{code, why}));
  if (auto* const events = std::exchange(events_, nullptr)) events->on_closed(why);
}

}  // namespace pushmesh::net::redis
