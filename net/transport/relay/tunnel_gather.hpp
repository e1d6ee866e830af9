#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pushmesh::net {

/// What some tunnels are written within a turn of their loop: pieces that several of them get are
/// kept once, in an order in which each tunnel finds its own. Pure.
class tunnel_gather {
 public:
  struct group {
    std::string bytes;
    std::vector<std::uint64_t> tunnels;
  };

  /// Appends to what `tunnel` is written. Pieces are the same when they are at the same address
  /// with the same bytes, as frames are that receivers share.
  void add(std::uint64_t tunnel, std::string_view piece) {
    auto& last = last_of_[tunnel];  // number of its last group, counted from 1
    auto& latest = latest_at_[piece.data()];
    if (latest > last && groups_[latest - 1].bytes == piece) {
      groups_[latest - 1].tunnels.push_back(tunnel);
      last = latest;
      return;
    }
    groups_.push_back({std::string(piece), {tunnel}});
    bytes_ += piece.size();
    last = latest = groups_.size();
  }

  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return groups_.empty(); }
  /// All groups, in the order in which they are to be sent.
  std::vector<group> take() {
    last_of_.clear();
    latest_at_.clear();
    bytes_ = 0;
    return std::exchange(groups_, {});
  }

 private:
  std::vector<group> groups_;
  std::unordered_map<std::uint64_t, std::size_t> last_of_;
  std::unordered_map<const char*, std::size_t> latest_at_;
  std::size_t bytes_ = 0;
};

}  // namespace pushmesh::net
