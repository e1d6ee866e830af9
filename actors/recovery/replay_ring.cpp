#include "actors/recovery/replay_ring.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::actors {

namespace {

/// An entry in each of the deques and the index.
constexpr std::size_t bookkeeping = sizeof(replay_record) + 96;

std::size_t bytes_of(const std::vector<std::string>& names) noexcept {
  std::size_t n = 0;
  for (const auto& name : names) n += sizeof name + name.size();
  return n;
}

}  // namespace

std::size_t replay_record::bytes() const noexcept {
  auto n = bookkeeping + sizeof(net::frame) + frame->bytes().size();
  if (to) n += sizeof(address) + to->nsp.size() + bytes_of(to->rooms) + bytes_of(to->except);
  return n;
}

bool replay_record::may_reach(const socket_id& sid) const {
  if (!to) return only == sid;
  return std::find(to->except.begin(), to->except.end(), sid.view()) == to->except.end();
}

std::optional<std::uint64_t> replay_ring::find(std::uint64_t offset, const socket_id& sid,
                                               std::uint64_t from) const {
  std::optional<std::uint64_t> oldest;
  const auto [first, last] = positions_.equal_range(offset);
  for (auto i = first; i != last; ++i) {
    const bool fits = i->second >= from && at(i->second).may_reach(sid);
    if (fits && (!oldest || i->second < *oldest)) oldest = i->second;
  }
  return oldest;
}

const replay_record* replay_ring::any_of(std::uint64_t offset) const {
  const auto found = positions_.find(offset);
  return found == positions_.end() ? nullptr : &at(found->second);
}

void replay_ring::append(replay_record r) {
  if (r.offset() != 0) positions_.emplace(r.offset(), next());
  records_.push_back(std::move(r));
}

std::size_t replay_ring::drop_oldest() {
  if (records_.empty()) return 0;
  const auto& oldest = records_.front();
  const auto freed = oldest.bytes();
  const auto [begin, end] = positions_.equal_range(oldest.offset());
  if (oldest.to) {
    positions_.erase(begin, end);
  } else {
    const auto own = std::find_if(begin, end, [&](const auto& p) { return p.second == first_; });
    if (own != end) positions_.erase(own);
  }
  records_.pop_front();
  ++first_;
  return freed;
}

void replay_memory::add(const std::shared_ptr<replay_ring>& ring, replay_record r,
                        std::size_t max_bytes) {
  bytes_ += r.bytes();
  order_.push_back({ring, r.at});
  ring->append(std::move(r));
  while (bytes_ > max_bytes) drop_front();
}

void replay_memory::drop_front() {
  const auto ring = std::move(order_.front().ring);
  order_.pop_front();
  bytes_ -= ring->drop_oldest();
}

void replay_memory::expire(clock::time_point now) {
  while (!order_.empty() && order_.front().at + max_age_ <= now) drop_front();
}

void replay_memory::close(replay_ring& ring) {
  while (!ring.empty()) bytes_ -= ring.drop_oldest();
}

replay_memory::clock::time_point replay_memory::next_due() const {
  return order_.empty() ? clock::time_point::max() : order_.front().at + max_age_;
}

}  // namespace pushmesh::actors
