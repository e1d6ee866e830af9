#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cluster/push/store/rendezvous.hpp"
#include "cluster/push/store/store_port.hpp"

namespace pushmesh::cluster::push {

/// The nodes that are up, as this one sees it; itself among them.
class store_view {
 public:
  explicit store_view(store_node self) : self_(std::move(self)), nodes_{self_.id} {}

  /// Itself need not be among them.
  void set(const std::vector<store_node>& others);
  const store_node& self() const noexcept { return self_; }
  const std::vector<incarnation_id>& nodes() const noexcept { return nodes_; }
  bool has(const incarnation_id& node) const noexcept;
  rendezvous_pair place_of(const user_id& user) const noexcept {
    return rendezvous(nodes_, user.view());
  }
  /// Grows with every change.
  std::uint64_t generation() const noexcept { return generation_; }
  /// That of the last change by which a node came: it may have records that nobody else knows.
  std::uint64_t joined() const noexcept { return joined_; }

 private:
  store_node self_;
  std::vector<incarnation_id> nodes_;
  std::uint64_t generation_ = 1;
  std::uint64_t joined_ = 1;
};

}  // namespace pushmesh::cluster::push
