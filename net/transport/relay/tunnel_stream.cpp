#include "net/transport/relay/tunnel_stream.hpp"

#include <algorithm>
#include <utility>

#include "net/transport/io_loop.hpp"
#include "net/transport/relay/home_relay.hpp"

namespace pushmesh::net {
namespace {

using how = tunnel_end::how;

// Whatever it calls may destroy the stream.
template <class Waiter>
void wake(Waiter& w) {
  if (const auto handler = std::exchange(w, {})) handler({});
}

}  // namespace

tunnel_stream::tunnel_stream(io_loop& loop, home_relay& relay, relay_outlet_ref to,
                             std::uint64_t number)
    : byte_stream(loop, socket(loop.context())),
      relay_(relay),
      to_(std::move(to)),
      number_(number),
      credit_(tunnel_window) {
  loop.counters().tunnelled.add();
}

tunnel_stream::~tunnel_stream() {
  tunnel_stream::close();
}

io_result tunnel_stream::read(std::span<char> into) {
  const auto n = std::min(into.size(), inbox_.size() - consumed_);
  if (n == 0)
    return {0, ended_ || !open_ ? io_result::status::closed : io_result::status::would_block};
  std::copy_n(inbox_.data() + consumed_, n, into.data());
  consumed_ += n;
  if (consumed_ == inbox_.size()) {
    std::string().swap(inbox_);
    consumed_ = 0;
  }
  owed_ += n;
  if (owed_ >= tunnel_window / 4 && !ended_)
    to_->grant(relay_.edge_of(number_), {number_, std::exchange(owed_, 0)});
  return {n, io_result::status::ok};
}

bool tunnel_stream::can_write() const noexcept {
  return credit_ > 0 && !to_->blocked();
}

io_result tunnel_stream::write(std::span<const iovec> pieces) {
  if (lost_ || !open_) return {0, io_result::status::closed};
  std::size_t n = 0;
  for (const auto& piece : pieces) {
    if (!can_write()) break;
    relay_.write(*to_, number_, {static_cast<const char*>(piece.iov_base), piece.iov_len});
    credit_ -= static_cast<std::int64_t>(piece.iov_len);
    n += piece.iov_len;
  }
  return {n, n == 0 ? io_result::status::would_block : io_result::status::ok};
}

void tunnel_stream::shutdown_write() {
  if (open_ && !lost_) relay_.end(*to_, number_, how::finished);
}

void tunnel_stream::close() noexcept {
  if (!open_) return;
  leave();
  if (!lost_) relay_.end(*to_, number_, how::closed);
}

void tunnel_stream::reset() noexcept {
  if (!open_) return;
  leave();
  if (!lost_) relay_.end(*to_, number_, how::reset);
}

// The handlers go with it: they hold who owns this.
void tunnel_stream::leave() noexcept {
  open_ = false;
  relay_.forget(*this);
  loop().counters().tunnelled.add(-1);
  const auto reader = std::exchange(reader_, {});
  const auto writer = std::exchange(writer_, {});
}

void tunnel_stream::wait_for(direction what, waiter handler) {
  const bool due = !open_ || (what == direction::in ? consumed_ < inbox_.size() || ended_
                                                    : can_write() || lost_);
  if (due)
    boost::asio::post(socket_.get_executor(), [h = std::move(handler)] { h({}); });
  else
    (what == direction::in ? reader_ : writer_) = std::move(handler);
}

void tunnel_stream::deliver(std::string_view bytes) {
  // More than a window is against the rules; so is anything behind the end.
  if (ended_) return;
  if (inbox_.size() - consumed_ + bytes.size() > 2 * tunnel_window) return end();
  inbox_.append(bytes);
  wake(reader_);
}

void tunnel_stream::grant(std::uint64_t bytes) {
  credit_ = std::min<std::int64_t>(
      tunnel_window,
      credit_ + static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, std::uint64_t{1} << 40)));
  unblocked();
}

void tunnel_stream::unblocked() {
  if (can_write()) wake(writer_);
}

void tunnel_stream::end() {
  ended_ = true;
  wake(reader_);
}

void tunnel_stream::lose() {
  lost_ = true;
  // Who waits for a chance to write learns it from its read.
  end();
}

}  // namespace pushmesh::net
