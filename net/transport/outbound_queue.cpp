#include "net/transport/outbound_queue.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::net {

/// A vector used as a queue: frames in front of `head` are gone.
struct outbound_queue::rest {
  explicit rest(outbound_budget& budget) : charge(budget) {}

  void push(frame_ref f) {
    bytes += f->bytes().size();
    if (frames.size() == frames.capacity()) make_space();
    frames.push_back(std::move(f));
  }

  // Moves down when at least half is gone, else grows: amortized O(1) either way.
  void make_space() {
    if (head >= frames.size() - head && head > 0) {
      frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(head));
      head = 0;
      return;
    }
    frames.reserve(std::max<std::size_t>(4, frames.capacity() * 2));
    charge.set(sizeof(rest) + frames.capacity() * sizeof(frame_ref));
  }

  frame_ref pop() {
    auto f = std::move(frames[head++]);
    bytes -= f->bytes().size();
    return f;
  }

  // Drops frames from `head` on as `wanted` says, which is asked in order; stops when it is done.
  template <class Predicate, class Done>
  std::size_t drop(Predicate wanted, Done done) {
    std::size_t dropped = 0;
    std::size_t end = head;
    for (; end < frames.size() && !done(); ++end) {
      if (!wanted(*frames[end])) continue;
      bytes -= frames[end]->bytes().size();
      frames[end] = {};
      ++dropped;
    }
    // What was kept moves back to the frames behind it.
    auto to = end;
    for (auto from = end; from-- > head;)
      if (frames[from]) std::swap(frames[--to], frames[from]);
    head = to;
    return dropped;
  }

  budget_charge charge;
  std::size_t bytes = 0;
  std::size_t head = 0;
  std::vector<frame_ref> frames;
};

outbound_queue::outbound_queue() noexcept = default;
outbound_queue::~outbound_queue() = default;

std::size_t outbound_queue::bytes() const noexcept {
  if (!front_) return 0;
  return front_->bytes().size() - offset_ + (rest_ ? rest_->bytes : 0);
}

std::size_t outbound_queue::frames() const noexcept {
  if (!front_) return 0;
  return 1 + (rest_ ? rest_->frames.size() - rest_->head : 0);
}

void outbound_queue::push(frame_ref f, outbound_budget& budget) {
  may_hold_volatile_ |= f->about().is_volatile;
  if (!front_) {
    front_ = std::move(f);
    return;
  }
  if (!rest_) rest_ = std::make_unique<rest>(budget);
  rest_->push(std::move(f));
}

std::size_t outbound_queue::gather(iovec* out, std::size_t max) const noexcept {
  if (!front_ || max == 0) return 0;
  const auto piece = [](std::string_view bytes) {
    return iovec{const_cast<char*>(bytes.data()), bytes.size()};
  };
  out[0] = piece(front_->bytes().substr(offset_));
  if (!rest_) return 1;
  const auto n = std::min(max - 1, rest_->frames.size() - rest_->head);
  for (std::size_t i = 0; i < n; ++i) out[i + 1] = piece(rest_->frames[rest_->head + i]->bytes());
  return n + 1;
}

std::size_t outbound_queue::consume(std::size_t bytes) {
  std::size_t completed = 0;
  while (front_) {
    const auto left = front_->bytes().size() - offset_;
    if (bytes < left) {
      offset_ += static_cast<std::uint32_t>(bytes);
      return completed;
    }
    bytes -= left;
    ++completed;
    next_front();
  }
  return completed;
}

frame_ref outbound_queue::pop() noexcept {
  auto taken = front_;
  next_front();
  return taken;
}

const frame& outbound_queue::at(std::size_t i) const noexcept {
  return i == 0 ? *front_ : *rest_->frames[rest_->head + i - 1];
}

std::size_t outbound_queue::drop_volatile() {
  // A slow reader blocks again and again: its queue is searched only when that can find something.
  if (!std::exchange(may_hold_volatile_, false)) return 0;
  return drop_if([](const frame& f) { return f.about().is_volatile; });
}

std::size_t outbound_queue::drop_oldest(std::size_t max_bytes) {
  const auto fits = [&] { return bytes() <= max_bytes; };
  const auto is_event = [](const frame& f) { return f.about().event_hash != 0; };
  std::size_t dropped = 0;
  while (front_ && offset_ == 0 && is_event(*front_) && !fits()) {
    next_front();
    ++dropped;
  }
  if (!rest_) return dropped;
  dropped += rest_->drop(is_event, fits);
  if (rest_->head == rest_->frames.size()) rest_.reset();
  return dropped;
}

std::size_t outbound_queue::coalesce(std::uint32_t event_hash) {
  return drop_if([=](const frame& f) { return f.about().event_hash == event_hash; });
}

std::size_t outbound_queue::clear_except_partial() {
  return drop_if([](const frame&) { return true; });
}

void outbound_queue::clear() noexcept {
  front_ = {};
  rest_.reset();
  offset_ = 0;
}

template <class Predicate>
std::size_t outbound_queue::drop_if(Predicate dropped) {
  std::size_t n = 0;
  if (rest_) {
    n = rest_->drop(dropped, [] { return false; });
    if (rest_->head == rest_->frames.size()) rest_.reset();
  }
  if (front_ && offset_ == 0 && dropped(*front_)) {
    next_front();
    ++n;
  }
  return n;
}

void outbound_queue::next_front() noexcept {
  offset_ = 0;
  if (!rest_) {
    front_ = {};
    return;
  }
  front_ = rest_->pop();
  if (rest_->head == rest_->frames.size()) rest_.reset();
}

}  // namespace pushmesh::net
