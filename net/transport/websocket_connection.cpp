#include "net/transport/websocket_connection.hpp"

#include <sys/uio.h>

#include <array>
#include <boost/asio/error.hpp>
#include <utility>

#include "net/transport/io_loop.hpp"
#include "net/transport/overflow.hpp"

namespace pushmesh::net {
namespace {

// One connection may not starve the others of its loop.
constexpr int reads_per_wake_up = 4;
constexpr std::size_t pieces_per_write = 64;
// RFC 6455 section 5.5.3 lets us answer fewer pings than came.
constexpr std::uint8_t max_queued_pongs = 16;

bool peer_does_not_read(close_reason r) noexcept {
  return r == close_reason::slow_consumer || r == close_reason::node_overloaded ||
         r == close_reason::transport_error;
}

}  // namespace

websocket_connection::websocket_connection(io_loop& loop, std::unique_ptr<byte_stream> stream)
    : loop_(loop),
      stream_(std::move(stream)),
      parser_(ws_role::server, loop.options().limits.max_payload) {
  static_assert(sizeof(websocket_connection) <= 120, "one per idle connection");
}

void websocket_connection::start(std::span<char> already_read) {
  const ref self(this);
  take(already_read);
  if (state_ != state::closed) wait_readable();
}

void websocket_connection::wait_readable() {
  stream_->wait_readable(
      [self = ref(this)](const boost::system::error_code& ec) { self->on_readable(ec); });
}

void websocket_connection::on_readable(const boost::system::error_code& ec) {
  if (state_ == state::closed) return;
  if (ec) return fail(close_reason::transport_error);
  for (int n = 0; n < reads_per_wake_up; ++n) {
    const auto buffer = loop_.read_buffer();
    const auto r = stream_->read(buffer);
    if (r.what == io_result::status::would_block) break;
    if (r.what == io_result::status::closed) return fail(close_reason::transport_close);
    if (r.what == io_result::status::error) return fail(close_reason::transport_error);
    loop_.counters().bytes_in.add(static_cast<std::int64_t>(r.bytes));
    take(buffer.first(r.bytes));
    if (state_ == state::closed) return;
    if (r.bytes < buffer.size()) break;
  }
  wait_readable();
}

void websocket_connection::take(std::span<char> bytes) {
  parse(bytes);
  charge_partial();
  if (partial_bytes() > 0) loop_.watch(*this);
  loop_.bound_partials();
}

void websocket_connection::charge_partial() {
  const auto now = state_ == state::closed ? 0 : static_cast<std::uint32_t>(parser_.buffered());
  loop_.charge_partial(std::exchange(partial_bytes_, now), now);
}

void websocket_connection::parse(std::span<char> bytes) {
  while (!deaf_ && state_ != state::closed) {
    const auto event = parser_.next(bytes);
    if (!event) return on_violation(event.error());
    if (!*event) return;
    dispatch(**event);
  }
}

void websocket_connection::dispatch(const ws_event& event) {
  if (event.kind == ws_opcode::close) return on_peer_close(event.close_code);
  if (state_ != state::open) return;
  if (event.kind == ws_opcode::ping) return answer_ping(event.payload);
  if (!handler_) return;
  if (event.kind == ws_opcode::text) return handler_->on_ws_text(event.payload);
  if (event.kind == ws_opcode::binary) handler_->on_ws_binary(event.payload);
}

void websocket_connection::on_violation(const ws_error& error) {
  deaf_ = true;
  const auto reason =
      error.close_code == 1009 ? close_reason::message_too_big : close_reason::parse_error;
  if (state_ == state::open) begin_close(make_close_frame(error.close_code, error.what), reason);
  // While closing: the loop's flush ends our side.
  loop_.mark_dirty(*this);
}

void websocket_connection::on_peer_close(std::uint16_t code) {
  deaf_ = true;
  peer_closed_ = true;
  if (state_ == state::open) begin_close(make_close_frame(code, {}), close_reason::transport_close);
  loop_.mark_dirty(*this);
}

void websocket_connection::answer_ping(std::string_view payload) {
  if (pongs_queued_ == max_queued_pongs) return;
  ++pongs_queued_;
  send_control(make_frame(ws_opcode::pong, {payload}));
}

void websocket_connection::send(frame_ref f) {
  if (state_ != state::open || drops_volatile(loop_, *f, !blocked_)) return;
  if (makes_too_long(loop_, queue_, *f) && !admit(*f)) return;
  send_control(std::move(f));
}

void websocket_connection::send_control(frame_ref f) {
  if (state_ != state::open) return;
  queue_.push(std::move(f), loop_.budget());
  if (!blocked_) loop_.mark_dirty(*this);
}

// Decides on a message that would make the queue too long.
bool websocket_connection::admit(const frame& f) {
  // Written now, because a client is not slow when one handler emits a lot within one turn.
  while (!blocked_ && state_ == state::open && !queue_.empty()) write_once();
  if (state_ != state::open) return false;

  const bool just_blocked = blocked_ && blocked_in_turn_ == loop_.turn();
  const auto verdict =
      net::admit(loop_, queue_, f, just_blocked ? chance_to_read::none_yet : chance_to_read::given);
  if (verdict == overflow_verdict::action::close) fail(close_reason::slow_consumer);
  return verdict == overflow_verdict::action::queue;
}

void websocket_connection::flush() {
  if (state_ == state::closed) return;
  if (!blocked_ && !queue_.empty()) write_once();
  if (state_ == state::closed) return;
  if (queue_.empty()) return on_drained();
  if (!blocked_) loop_.mark_dirty(*this);
}

void websocket_connection::write_once() {
  std::array<iovec, pieces_per_write> pieces;
  const auto n = queue_.gather(pieces.data(), pieces.size());
  std::size_t total = 0;
  for (std::size_t i = 0; i < n; ++i) total += pieces[i].iov_len;
  const auto r = stream_->write({pieces.data(), n});
  auto& counters = loop_.counters();
  counters.writes.add();
  if (r.what == io_result::status::closed) return fail(close_reason::transport_close);
  if (r.what == io_result::status::error) return fail(close_reason::transport_error);
  counters.bytes_out.add(static_cast<std::int64_t>(r.bytes));
  counters.frames_out.add(static_cast<std::int64_t>(queue_.consume(r.bytes)));
  if (queue_.empty()) pongs_queued_ = 0;
  if (r.bytes < total) block();
}

void websocket_connection::block() {
  blocked_ = true;
  owes_writable_ = true;
  blocked_in_turn_ = loop_.turn();
  auto& counters = loop_.counters();
  counters.writes_blocked.add();
  counters.volatile_dropped.add(static_cast<std::int64_t>(queue_.drop_volatile()));
  loop_.watch(*this);
  stream_->wait_writable([self = ref(this)](const boost::system::error_code& ec) {
    if (ec != boost::asio::error::operation_aborted) self->on_writable();
  });
}

void websocket_connection::on_writable() {
  if (state_ == state::closed) return;
  blocked_ = false;
  loop_.mark_dirty(*this);
}

// Everything is with the kernel.
void websocket_connection::on_drained() {
  if (state_ == state::closing) {
    if (peer_closed_) return fail(reason_);
    // Nothing of the peer matters any more; the end of our side makes it end its own.
    if (deaf_ && !std::exchange(shut_down_, true)) stream_->shutdown_write();
    return;
  }
  if (!std::exchange(owes_writable_, false)) return;
  if (handler_) handler_->on_ws_writable();
}

void websocket_connection::close(close_reason reason) {
  if (peer_does_not_read(reason)) return fail(reason);
  if (state_ != state::open) return;
  const auto& about = info(reason);
  begin_close(make_close_frame(about.websocket_code, about.name), reason);
}

void websocket_connection::begin_close(frame_ref close_frame, close_reason reason) {
  send_control(std::move(close_frame));
  state_ = state::closing;
  linger_until_ = loop_.now() + loop_.options().close_timeout;
  loop_.watch(*this);
  end(reason);
}

// Ends everything at once: there is nobody to tell, or nothing left to say.
void websocket_connection::fail(close_reason reason) {
  const ref self(this);
  const auto before = std::exchange(state_, state::closed);
  if (before == state::closed) return;
  unlink();
  queue_.clear();
  charge_partial();
  peer_does_not_read(reason) ? stream_->reset() : stream_->close();
  if (before == state::open) end(reason);
}

void websocket_connection::end(close_reason reason) {
  reason_ = reason;
  if (handler_) loop_.report_closed(*this);
}

void websocket_connection::report() {
  if (auto* h = std::exchange(handler_, nullptr)) h->on_ws_closed(reason_);
}

void websocket_connection::check() {
  if (state_ == state::closing) {
    if (loop_.now() >= linger_until_) fail(reason_);
    return;
  }
  if (!blocked_) {
    if (partial_bytes_ == 0) unlink();
    return;
  }
  if (queue_.empty() || loop_.now() - queue_.oldest() < loop_.options().max_queue_age) return;
  loop_.counters().slow_consumers.add();
  fail(close_reason::slow_consumer);
}

void websocket_connection::cut() {
  fail(reason_);
}

}  // namespace pushmesh::net
