#include "cluster/node/bench/broadcast_judge.hpp"

namespace pushmesh::bench {

void broadcast_judge::sent(std::uint32_t seq, std::uint64_t receivers, std::uint64_t dropped) {
  ++sent_;
  open_.push_back({seq, receivers, dropped});
}

std::uint64_t broadcast_judge::expected(const pending& p, std::uint64_t dropped) noexcept {
  const auto lost = dropped - p.dropped;
  return p.receivers > lost ? p.receivers - lost : 0;
}

bool broadcast_judge::settle(const pending& p, std::uint64_t dropped, const lookup& delivered) {
  const auto got = delivered(p.seq);
  if (got.count < expected(p, dropped)) return false;
  ++complete_;
  if (got.count == 0) return true;  // all its receivers are gone: no time to speak of
  completion_.record(got.last_us);
  first_.record(got.first_us);
  return true;
}

void broadcast_judge::give_up(const pending& p, std::uint64_t dropped, const lookup& delivered) {
  ++incomplete_;
  missing_ += expected(p, dropped) - delivered(p.seq).count;
}

void broadcast_judge::review(std::uint64_t dropped, const lookup& delivered) {
  std::erase_if(open_, [&](const pending& p) { return settle(p, dropped, delivered); });
  // The board forgets what lies further back than its size.
  while (open_.size() > 1 && open_.back().seq - open_.front().seq >= delivery_board::size / 2) {
    give_up(open_.front(), dropped, delivered);
    open_.erase(open_.begin());
  }
}

void broadcast_judge::finish(std::uint64_t dropped, const lookup& delivered) {
  review(dropped, delivered);
  for (const auto& p : open_) give_up(p, dropped, delivered);
  open_.clear();
}

}  // namespace pushmesh::bench
