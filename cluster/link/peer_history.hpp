#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pushmesh::cluster {

/// Which nodes this one was linked with, by name, and how that went: what outlives their links.
/// A value; the gateway's.
class peer_history {
 public:
  enum class state : std::uint8_t {
    up,
    lost,  ///< the link broke
    left,  ///< it said goodbye
  };
  struct record {
    std::string name;
    enum state state = state::up;
    std::uint64_t links = 0;       ///< made so far
    std::uint64_t lost_items = 0;  ///< dropped from its queue because the link was gone
  };

  /// More names than a node may have peers: in the place of each one whose node was renamed.
  static constexpr std::size_t max_names = 2048;

  void came_up(const std::string& name);
  /// Ignored for a name that did not come up.
  void went_down(const std::string& name, state how, std::uint64_t lost_items);
  /// By name, in order.
  std::vector<record> all() const;

 private:
  struct entry {
    record what;
    std::uint64_t changed = 0;  // the higher the later
  };
  void make_room();

  std::map<std::string, entry> entries_;
  std::uint64_t changes_ = 0;
};

}  // namespace pushmesh::cluster
