#pragma once

#include <memory>
#include <vector>

#include "actors/recovery/session_home.hpp"
#include "cluster/link/linked_peer.hpp"

namespace pushmesh::actors {
class shard;
}

namespace pushmesh::cluster {

class mesh;

/// Sessions of other nodes, as a shard of this one fetches them. All nodes that may have one are
/// asked; one of them does.
class peer_session_home final : public actors::session_home,
                                public std::enable_shared_from_this<peer_session_home> {
 public:
  peer_session_home(mesh& m, std::vector<peer_ref> candidates, actors::shard& here)
      : mesh_(m), candidates_(std::move(candidates)), here_(here) {}

  void lend(const actors::session_claim& c, std::string_view nsp,
            std::function<void(std::optional<actors::session_parcel>)> done) override;
  void when_arrived(std::function<void()> done) override;
  void release(const socket_id& pid, std::vector<std::uint64_t> came,
               std::function<void(std::optional<actors::session_rest>)> done) override;
  void answer_ack(std::uint64_t ack_id, const socket_id& sid, std::string_view user,
                  std::optional<payload> args) override;

 private:
  mesh& mesh_;
  std::vector<peer_ref> candidates_;
  actors::shard& here_;
  // Of the node that had it. Only used on the shard.
  peer_ref chosen_;
  std::uint64_t shard_ = 0;
};

}  // namespace pushmesh::cluster
