#include "actors/bridge/ack_outbox.hpp"

#include <utility>

namespace pushmesh::actors {

std::size_t ack_outbox::size_of(const message& m) noexcept {
  return sizeof(message) + m.channel.size() + m.text.size();
}

bool ack_outbox::push(message m) {
  const auto size = size_of(m);
  if (bytes_ + size > max_bytes_) return false;
  bytes_ += size;
  waiting_.push_back(std::move(m));
  return true;
}

std::optional<ack_outbox::message> ack_outbox::next() {
  if (waiting_.empty() || under_way_ >= window_) return std::nullopt;
  auto m = std::move(waiting_.front());
  waiting_.pop_front();
  bytes_ -= size_of(m);
  ++under_way_;
  return m;
}

std::size_t ack_outbox::clear() {
  bytes_ = 0;
  return std::exchange(waiting_, {}).size();
}

}  // namespace pushmesh::actors
