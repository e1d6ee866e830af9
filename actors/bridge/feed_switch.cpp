#include "actors/bridge/feed_switch.hpp"

namespace pushmesh::actors {

feed_switch::verdict feed_switch::on_message(bool leased) const noexcept {
  switch (state_) {
    case state::unproven:
      return leased ? verdict::ignore : verdict::deliver;
    case state::own:
      return verdict::deliver;
    case state::holding:
      return verdict::hold;
    case state::marking:
    case state::handed:
      break;
  }
  return verdict::ignore;
}

void feed_switch::live(std::uint64_t lease) noexcept {
  lease_ = lease;
  state_ = lease == 0 ? state::own : state::marking;
}

std::uint64_t feed_switch::switching() const noexcept {
  return state_ == state::unproven || state_ == state::own ? 0 : lease_;
}

bool feed_switch::own_marker(std::uint64_t lease) noexcept {
  if (lease == 0 || lease != switching()) return false;
  if (state_ == state::marking) state_ = state::holding;
  if (state_ != state::handed) return false;
  state_ = state::own;
  return true;
}

bool feed_switch::handed_over(std::uint64_t lease) noexcept {
  if (lease == 0 || lease != switching()) return false;
  if (state_ == state::marking) state_ = state::handed;
  if (state_ != state::holding) return false;
  state_ = state::own;
  return true;
}

bool feed_switch::feeder_lost(std::uint64_t lease) noexcept {
  if (lease == 0 || lease != switching()) return false;
  state_ = state::own;
  return true;
}

}  // namespace pushmesh::actors
