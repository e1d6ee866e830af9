#pragma once

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/api/ids.hpp"
#include "cluster/link/linked_peer.hpp"

namespace pushmesh::actors {
class node_core;
}

namespace pushmesh::cluster {

class mesh;

/// The stand-ins for sockets of other nodes: one per socket, so that each is watched once, while
/// somebody has its handle and until the socket or the link to its node is gone. Any thread.
class remote_sockets : public std::enable_shared_from_this<remote_sockets> {
 public:
  /// Stand-ins at a time: some 1.5 KB each, and a watch on the other node. Whoever needs more
  /// addresses sockets by their ids, which costs nothing.
  static constexpr std::size_t max_stand_ins = 65'536;

  remote_sockets(std::shared_ptr<actors::node_core> core, mesh& links,
                 std::size_t max = max_stand_ins)
      : core_(std::move(core)), links_(links), max_(max) {}

  /// The stand-in for a socket that was found on `peer`; null when there are too many.
  caf::actor of(caf::actor_system& system, const socket_id& id, const std::string& nsp,
                const peer_ref& peer);
  std::size_t size() const;

 private:
  struct stand_in {
    caf::weak_actor_ptr handle;
    link_id link = 0;
    std::uint64_t number = 0;  // it may have a successor before it has ended
  };
  void ended(const socket_id& id, std::uint64_t number);

  const std::shared_ptr<actors::node_core> core_;
  mesh& links_;
  const std::size_t max_;
  mutable std::mutex mutex_;  // of what follows
  std::unordered_map<socket_id, stand_in> stand_ins_;
  std::uint64_t last_ = 0;
};

}  // namespace pushmesh::cluster
