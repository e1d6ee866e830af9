#include "net/transport/relay/edge_tunnel.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/protocol/close_reason.hpp"
#include "net/transport/io_loop.hpp"
#include "net/transport/relay/edge_relay.hpp"

namespace pushmesh::net {
namespace {

using boost::system::error_code;
using how = tunnel_end::how;

// One client may not starve the others of its loop.
constexpr int reads_per_wake_up = 4;
constexpr std::size_t pieces_per_write = 64;

}  // namespace

edge_tunnel::edge_tunnel(io_loop& loop, edge_relay& relay, relay_outlet_ref to, tunnel_place home,
                         std::uint64_t number, std::unique_ptr<byte_stream> stream)
    : timer_node([](timer_node& node) { static_cast<edge_tunnel&>(node).drop(); }),
      loop_(loop),
      relay_(relay),
      to_(std::move(to)),
      home_(home),
      number_(number),
      began_(loop.now()),
      stream_(std::move(stream)) {}

// ---- from the client ----------------------------------------------------------------------------

bool edge_tunnel::may_read() const noexcept {
  const bool open = state_ == state::open || state_ == state::finishing;
  return open && !client_finished_ && credit_ > 0 && !to_->blocked();
}

void edge_tunnel::keep_reading() {
  if (read_armed_ || !may_read()) return;
  read_armed_ = true;
  stream_->wait_readable([self = ref(this)](const error_code& ec) {
    self->read_armed_ = false;
    self->on_readable(ec);
  });
}

void edge_tunnel::on_readable(const error_code& ec) {
  if (state_ == state::closed) return;
  if (ec) {
    tell_end(how::reset);
    return drop();
  }
  for (int n = 0; n < reads_per_wake_up && may_read(); ++n) {
    auto buffer = loop_.read_buffer();
    buffer = buffer.first(std::min(buffer.size(), static_cast<std::size_t>(credit_)));
    const auto r = stream_->read(buffer);
    if (r.what == io_result::status::would_block) break;
    if (r.what == io_result::status::error) {
      tell_end(how::reset);
      return drop();
    }
    if (r.what == io_result::status::closed) {
      client_finished_ = true;
      return tell_end(how::finished);
    }
    if (r.bytes == 0) continue;
    loop_.counters().bytes_in.add(static_cast<std::int64_t>(r.bytes));
    loop_.counters().tunnel_bytes_in.add(static_cast<std::int64_t>(r.bytes));
    credit_ -= static_cast<std::int64_t>(r.bytes);
    to_->send(tunnel_data{home_, {number_}, std::string(buffer.data(), r.bytes)});
    relay_.watch(*to_);
  }
  keep_reading();
}

void edge_tunnel::grant(std::uint64_t bytes) {
  const auto more = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, tunnel_window));
  credit_ = std::min(tunnel_window, credit_ + more);
  keep_reading();
}

// ---- for the client -----------------------------------------------------------------------------

void edge_tunnel::send(frame_ref bytes) {
  if (state_ != state::open) return;
  sent_any_ = true;
  queue_.push(std::move(bytes), loop_.budget());
  if (!blocked_) loop_.at_turn_end(*this);
}

void edge_tunnel::on_turn_end() {
  const ref self(this);
  if (!blocked_ && state_ != state::closed) write();
}

void edge_tunnel::write() {
  std::array<iovec, pieces_per_write> pieces;
  while (!queue_.empty()) {
    const auto n = queue_.gather(pieces.data(), pieces.size());
    std::size_t total = 0;
    for (std::size_t i = 0; i < n; ++i) total += pieces[i].iov_len;
    const auto r = stream_->write({pieces.data(), n});
    auto& counters = loop_.counters();
    counters.writes.add();
    if (r.what == io_result::status::closed || r.what == io_result::status::error) {
      tell_end(how::reset);
      return drop();
    }
    counters.bytes_out.add(static_cast<std::int64_t>(r.bytes));
    counters.tunnel_bytes_out.add(static_cast<std::int64_t>(r.bytes));
    queue_.consume(r.bytes);
    owed_ += r.bytes;
    if (owed_ >= tunnel_window / 4 && state_ == state::open) {
      to_->grant(home_, {number_, std::exchange(owed_, 0)});
      relay_.watch(*to_);
    }
    if (r.bytes == total) continue;
    counters.writes_blocked.add();
    blocked_ = true;
    stream_->wait_writable([self = ref(this)](const error_code& ec) {
      self->blocked_ = false;
      if (!ec && self->state_ != state::closed) self->write();
    });
    return;
  }
  on_drained();
}

void edge_tunnel::on_drained() {
  if (state_ == state::finishing) stream_->shutdown_write();
  if (state_ == state::closing) drop();
}

// ---- the end ------------------------------------------------------------------------------------

void edge_tunnel::end(how what) {
  const ref self(this);
  if (state_ == state::closed || state_ == state::closing) return;
  if (what == how::reset) {
    stream_->reset();
    return drop();
  }
  const bool finishes = what == how::finished && state_ == state::open;
  if (what == how::finished && !finishes) return;
  state_ = finishes ? state::finishing : state::closing;
  loop_.timers().arm(*this, loop_.now(), loop_.options().close_timeout);
  if (queue_.empty())
    on_drained();
  else if (!blocked_)
    loop_.at_turn_end(*this);
}

void edge_tunnel::cut() {
  const ref self(this);
  if (state_ == state::closed) return;
  tell_end(how::reset);
  stream_->reset();
  drop();
}

void edge_tunnel::say_goodbye() {
  const ref self(this);
  if (state_ != state::open) return;
  const auto& about = info(close_reason::server_shutting_down);
  // What was sent so far are the answer to the upgrade and whole frames.
  if (sent_any_) send(make_close_frame(about.websocket_code, about.name));
  tell_end(how::reset);
  end(how::closed);
}

void edge_tunnel::tell_end(how what) {
  to_->flush();
  to_->send(tunnel_end{home_, number_, what});
  relay_.watch(*to_);
}

// The descriptor goes, and with it the place of this in its relay.
void edge_tunnel::drop() {
  const ref self(this);
  if (std::exchange(state_, state::closed) == state::closed) return;
  cancel();
  turn_end_task::unlink();
  queue_.clear();
  stream_->close();
  relay_.forget(number_);
}

}  // namespace pushmesh::net
