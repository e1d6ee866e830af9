#include "net/transport/timer_wheel.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace pushmesh::net {
namespace {

constexpr std::size_t bits_per_word = 64;

}  // namespace

void timer_node::cancel() noexcept {
  if (wheel_) wheel_->unlink(*this);
}

timer_wheel::timer_wheel(clock::time_point now, std::chrono::milliseconds tick, std::size_t slots)
    : slots_(std::bit_ceil(std::max(slots, bits_per_word))),
      occupied_(slots_.size() / bits_per_word),
      origin_(now),
      tick_(tick) {}

timer_wheel::~timer_wheel() {
  for (auto* head : slots_)
    while (head) {
      auto* next = head->next_;
      head->wheel_ = nullptr;
      head = next;
    }
}

void timer_wheel::arm(timer_node& node, clock::time_point now, std::chrono::milliseconds delay) {
  node.cancel();
  // Rounded up, so that a timer is never early; behind current_tick_, whose slot has run already.
  node.due_tick_ =
      std::max(ticks_until(now + delay + tick_ - clock::duration(1)), current_tick_ + 1);
  const auto slot = node.due_tick_ & (slots_.size() - 1);
  node.wheel_ = this;
  link(node, slots_[slot]);
  occupied_[slot / bits_per_word] |= std::uint64_t{1} << slot % bits_per_word;
  ++armed_;
}

void timer_wheel::advance(clock::time_point now) {
  const auto target = ticks_until(now);
  // After a long sleep every slot is visited once, whatever the number of revolutions.
  if (target > current_tick_ + slots_.size()) current_tick_ = target - slots_.size();
  while (current_tick_ < target) {
    const auto tick = armed_ ? next_occupied(current_tick_ + 1, target + 1) : target + 1;
    current_tick_ = std::min(tick, target);
    if (tick <= target) run_slot(tick);
  }
}

timer_wheel::clock::time_point timer_wheel::next_due() const {
  if (armed_ == 0) return clock::time_point::max();
  const auto tick = next_occupied(current_tick_ + 1, current_tick_ + 1 + slots_.size());
  return origin_ + tick_ * static_cast<std::int64_t>(tick);
}

void timer_wheel::link(timer_node& node, timer_node*& head) noexcept {
  node.next_ = head;
  node.link_ = &head;
  if (head) head->link_ = &node.next_;
  head = &node;
}

void timer_wheel::unlink(timer_node& node) noexcept {
  *node.link_ = node.next_;
  if (node.next_) node.next_->link_ = node.link_;
  node.wheel_ = nullptr;
  --armed_;
  const auto slot = node.due_tick_ & (slots_.size() - 1);
  if (!slots_[slot]) occupied_[slot / bits_per_word] &= ~(std::uint64_t{1} << slot % bits_per_word);
}

// Runs the nodes of one slot that are due; those of later revolutions stay.
void timer_wheel::run_slot(std::uint64_t tick) {
  // Callbacks may cancel any node, so the due ones wait in a list of their own, linked like a slot.
  timer_node* due = nullptr;
  for (auto* node = slots_[tick & (slots_.size() - 1)]; node;) {
    auto* next = node->next_;
    if (node->due_tick_ <= tick) {
      unlink(*node);
      node->wheel_ = this;
      link(*node, due);
      ++armed_;
    }
    node = next;
  }
  while (due) {
    auto& node = *due;
    unlink(node);
    node.on_due_(node);
  }
}

// The first tick in [from, to) whose slot holds nodes; `to` when there is none.
std::uint64_t timer_wheel::next_occupied(std::uint64_t from, std::uint64_t to) const noexcept {
  for (auto tick = from; tick < to;) {
    const auto slot = tick & (slots_.size() - 1);
    const auto rest = occupied_[slot / bits_per_word] >> slot % bits_per_word;
    if (rest) return std::min(tick + static_cast<std::uint64_t>(std::countr_zero(rest)), to);
    tick += bits_per_word - slot % bits_per_word;
  }
  return to;
}

std::uint64_t timer_wheel::ticks_until(clock::time_point t) const noexcept {
  return t <= origin_ ? 0 : static_cast<std::uint64_t>((t - origin_) / tick_);
}

}  // namespace pushmesh::net
