#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/address.hpp"
#include "actors/api/payload.hpp"

namespace pushmesh::actors {

class shard;

/// Names a lease: the node that is fed, by the tag of its ids, and the number it drew for it.
struct feed_lease_id {
  std::string tag;
  std::uint64_t number = 0;
  friend bool operator==(const feed_lease_id&, const feed_lease_id&) = default;
};

/// A node's bridge, as the links see it: told on the bridge's shard what other nodes say.
class feed_events {
 public:
  /// A node without Redis wants what this one receives.
  virtual void on_feed_asked(const feed_lease_id& lease) = 0;
  /// It does not any more.
  virtual void on_feed_released(const feed_lease_id& lease) = 0;
  /// The node that feeds this one was at the marker of this lease, and stopped there.
  virtual void on_handed_over(std::uint64_t number) = 0;
  /// The node that fed this one is gone, or its Redis is.
  virtual void on_feeder_lost(std::uint64_t number) = 0;
  /// A node without Redis wants an emit published for official servers.
  virtual void on_publish(const address& to, std::string_view event, const payload& args) = 0;

 protected:
  ~feed_events() = default;
};

/// The lease feed (docs/bridge.md), as a node's bridge sees it: nodes with Redis feed those
/// without. Members are called on the bridge's shard, unless they say otherwise.
class feed_port {
 public:
  virtual ~feed_port() = default;

  /// This node will have a bridge on this shard, whose channels have this key. Before the links
  /// start.
  virtual void expect(shard& home, std::string_view key) = 0;
  /// The bridge is there. Null: it goes.
  virtual void attach(feed_events* bridge) = 0;

  // A node that feeds.

  /// Tells all nodes that this one receives what is published, or that it does not any more: then
  /// it feeds nobody.
  virtual void bridging(bool live) = 0;
  /// From here on what is emitted with address::fed_only goes to that node, too.
  virtual void grant(const feed_lease_id& lease) = 0;
  /// From here on no more, and the node is told that this was its marker.
  virtual void hand_over(const feed_lease_id& lease) = 0;
  /// Any thread. False: nobody is fed.
  virtual bool feeding() const noexcept = 0;
  /// An event for the nodes that are fed themselves.
  virtual void feed_server_event(std::string_view nsp, std::string_view event,
                                 const payload& args) = 0;

  // A node that may be fed.

  /// Its own Redis is gone: another node's will do.
  virtual void own_lost() = 0;
  /// Its own Redis is back. Answers the lease that has to be handed over first; 0: none, and none
  /// is asked for from now on.
  virtual std::uint64_t own_live() = 0;
  /// The lease was not handed over in time: that node is asked no more.
  virtual void give_up(std::uint64_t number) = 0;
  /// True while a lease is asked for or held.
  virtual bool leased() const noexcept = 0;
  /// Any thread. Name of the node that feeds this one; empty: none does.
  virtual std::string feeder() const = 0;

  /// Any thread. Has the node that feeds this one publish an emit for official servers. False: none
  /// does, or too much waits for it.
  virtual bool forward(const address& to, std::string_view event, const payload& args) = 0;
};

}  // namespace pushmesh::actors
