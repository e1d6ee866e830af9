#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/node/server.hpp"

namespace pushmesh::test {

inline server_options node_options(std::string name, std::vector<std::string> peers) {
  server_options o;
  o.listen = "127.0.0.1:0";
  o.shards = 2;
  o.name = std::move(name);
  o.cluster.listen = "127.0.0.1:0";
  o.cluster.peers = std::move(peers);
  o.actors.log = [](int, std::string_view) {};
  return o;
}

/// Polls, for what nobody tells: 20 s at most.
template <class F>
void wait_for(const char* what, F holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(what);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

/// Some nodes of one cluster in this process, which see each other.
class cluster_of {
 public:
  /// `prepare` registers handlers on each before it starts.
  template <class Prepare>
  cluster_of(int count, Prepare prepare) {
    std::vector<std::string> peers;
    for (int i = 0; i < count; ++i) {
      auto& node = *nodes_.emplace_back(
          std::make_unique<server>(node_options("n" + std::to_string(i), peers)));
      prepare(node);
      node.start();
      peers.push_back(node.cluster_address());
    }
    for (const auto& n : nodes_)
      wait_for("the cluster to form", [&] { return n->peers().size() + 1 == nodes_.size(); });
  }

  server& operator[](std::size_t index) { return *nodes_[index]; }
  std::vector<std::string> addresses() const {
    std::vector<std::string> all;
    for (const auto& n : nodes_) all.push_back(n->cluster_address());
    return all;
  }

 private:
  std::vector<std::unique_ptr<server>> nodes_;
};

}  // namespace pushmesh::test
