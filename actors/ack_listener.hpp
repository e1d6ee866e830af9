#pragma once

#include "actors/api/ack.hpp"

namespace pushmesh::actors {

/// Who is told of the answers to an emit one by one, as they come. Called on the shard of the
/// socket, so on several threads.
class ack_listener {
 public:
  virtual ~ack_listener() = default;
  virtual void acknowledged(ack_reply reply) = 0;
  /// A shard sent the event but asks nobody: it waits for max_pending_acks answers already.
  virtual void not_asked() = 0;
};

}  // namespace pushmesh::actors
