#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cluster/push/store/store_message.hpp"

namespace pushmesh::cluster::push {

/// A node of the cluster, as a store sees it.
struct store_node {
  incarnation_id id;
  std::string name;
  friend bool operator==(const store_node&, const store_node&) = default;
};

/// What a session store needs of its node. Called on the store's thread, also while it is called
/// itself: nothing may come back before the call returns.
class store_port {
 public:
  virtual ~store_port() = default;
  /// In order for each receiver, while its link lasts. What cannot be sent is lost: the link is
  /// going to end, or the store asks again.
  virtual void send(const incarnation_id& to, store_message m) = 0;
  /// A login of this node has lost its place: its client is to be told. Once for each.
  virtual void replaced(const user_id& user, const losing_device& loser) = 0;
  virtual store_time now() const = 0;
};

}  // namespace pushmesh::cluster::push
