#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "actors/api/payload.hpp"

namespace pushmesh::actors {

class node_core;

/// An event between nodes on its way to its handler.
struct server_event_message {
  std::string nsp;
  std::string name;
  payload args;
  std::string from;                    // name of the node, or of what sent it
  std::function<void(payload)> reply;  // empty: no answer is wanted
  std::atomic<bool> answered{false};
};

/// Runs the handler of the namespace for this event; without one an answer that is wanted is
/// empty. On a shard.
void run_server_event(node_core& core, const std::shared_ptr<server_event_message>& message);

}  // namespace pushmesh::actors
