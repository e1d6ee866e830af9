#pragma once

#include <chrono>
#include <memory>

#include "cluster/link/linked_peer.hpp"
#include "cluster/link/wire_v1.hpp"

namespace pushmesh::cluster {

/// Takes what one link brings in, in order. Used by the link's actor only.
class item_sink {
 public:
  virtual ~item_sink() = default;
  /// One item that needs credit; valid during the call. `lasts`: the bytes it refers to stay until
  /// the batch's token is released.
  virtual void take(const wire_v1::item& item, bool lasts) = 0;
  /// The end of a batch. `token` is released, on any thread, when what it held is no longer in our
  /// memory: that returns its credit.
  virtual void end_of_batch(std::shared_ptr<void> token) = 0;
};

/// What links are for: a node and a client differ here. Called by the gateway.
class link_services {
 public:
  virtual ~link_services() = default;
  virtual void peer_up(const peer_ref& peer) = 0;
  /// Its outbox is closed already.
  virtual void peer_down(const peer_ref& peer) = 0;
  /// After peer_up().
  virtual std::unique_ptr<item_sink> open_sink(const peer_ref& peer) = 0;
  /// Every 50 ms or so.
  virtual void tick(std::chrono::steady_clock::time_point now) = 0;
};

}  // namespace pushmesh::cluster
