#pragma once

#include <memory>

#include "actors/recovery/session_home.hpp"

namespace pushmesh::actors {

class node_core;
class shard;

/// Sessions of another shard of this node.
class shard_session_home final : public session_home {
 public:
  shard_session_home(node_core& core, shard& there, shard& here)
      : core_(core), there_(there), here_(here) {}
  void lend(const session_claim& c, std::string_view nsp,
            std::function<void(std::optional<session_parcel>)> done) override;
  void when_arrived(std::function<void()> done) override;
  void release(const socket_id& pid, std::vector<std::uint64_t> came,
               std::function<void(std::optional<session_rest>)> done) override;
  void answer_ack(std::uint64_t ack_id, const socket_id& sid, std::string_view user,
                  std::optional<payload> args) override;

 private:
  node_core& core_;
  shard& there_;
  shard& here_;
};

}  // namespace pushmesh::actors
