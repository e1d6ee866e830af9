#pragma once

#include <string_view>

#include "actors/address.hpp"
#include "actors/api/payload.hpp"

namespace pushmesh::actors {

/// Takes the emits of this node's handlers to servers that are no nodes of the cluster.
class emit_publisher {
 public:
  virtual ~emit_publisher() = default;
  /// Any thread. What one thread publishes keeps its order. Never waits.
  virtual void publish(const address& to, std::string_view event, const payload& args) = 0;
};

}  // namespace pushmesh::actors
