#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/address.hpp"
#include "net/protocol/websocket_frame.hpp"

namespace pushmesh::actors {

class local_sockets;
class node_core;
class shard;

/// What arrived together from another node, as one job per shard: for each shard in the order in
/// which it was added.
class shard_batch {
 public:
  explicit shard_batch(node_core& core);
  ~shard_batch();

  void emit(shard& s, std::shared_ptr<const address> to, net::frame_ref frame);
  /// The same for one shard alone, which builds the frame if it has a receiver. `event` and `args`
  /// (JSON) must last until the token of submit() is released.
  void emit(shard& s, std::shared_ptr<const address> to, std::string_view event,
            std::string_view args);
  void run(shard& s, std::function<void(local_sockets&)> f);
  /// Gives the shards their jobs and is empty again. `token` is released when the last of them is
  /// done, or at once when there is none. Never waits.
  void submit(std::shared_ptr<void> token);

 private:
  struct order {
    std::shared_ptr<const address> to;
    net::frame_ref frame;  // none: to be built of these
    std::string_view event, args;
    std::function<void(local_sockets&)> call;  // instead of an emit
  };
  struct job;
  job& job_for(shard& s);
  node_core& core_;
  std::vector<std::unique_ptr<job>> jobs_;  // by shard
};

}  // namespace pushmesh::actors
