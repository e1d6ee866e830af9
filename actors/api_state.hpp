#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "actors/api/ack.hpp"
#include "actors/api/nsp.hpp"

namespace pushmesh {

/// What the copies of one `ack` share.
struct ack::state {
  state(std::weak_ptr<actors::node_core> c, const socket_id& s, std::string_view id)
      : core(std::move(c)), socket(s), ack_id(id) {}
  std::weak_ptr<actors::node_core> core;
  socket_id socket;
  std::string ack_id;  // digits as the client sent them
  std::atomic<bool> used{false};
};

/// What the copies of one `next` share. Nobody answered and nobody can any more: refused.
struct next::state {
  state(std::weak_ptr<actors::node_core> c, const socket_id& s) : core(std::move(c)), socket(s) {}
  ~state();
  /// False when it was answered before.
  bool use() noexcept { return !used.exchange(true); }
  std::weak_ptr<actors::node_core> core;
  socket_id socket;
  std::atomic<bool> used{false};
};

}  // namespace pushmesh
