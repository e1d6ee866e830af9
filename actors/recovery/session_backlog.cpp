#include "actors/recovery/session_backlog.hpp"

#include <algorithm>
#include <utility>

namespace pushmesh::actors {

session_backlog::session_backlog(std::size_t& total, std::vector<missed_packet> packets,
                                 std::size_t frame_bytes)
    : total_(total), packets_(std::move(packets)) {
  packets_.shrink_to_fit();
  bytes_ = sizeof *this + packets_.size() * sizeof packets_[0] + frame_bytes;
  total_ += bytes_;
}

std::optional<std::size_t> session_backlog::up_to(std::uint64_t offset) const {
  if (offset == 0) return std::nullopt;
  const auto found = std::find_if(packets_.begin(), packets_.end(), [&](const missed_packet& p) {
    return p.frame->about().offset == offset;
  });
  if (found == packets_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - packets_.begin()) + 1;
}

}  // namespace pushmesh::actors
