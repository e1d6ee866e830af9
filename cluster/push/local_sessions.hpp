#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cluster/push/session_registry.hpp"

namespace pushmesh::cluster::push {

/// The policy "newest wins" among the sockets of this node: a user has one session here, the one
/// that logged in last; a socket that comes back after another one logged in does not get it back.
/// Any thread.
class local_sessions final : public session_registry {
 public:
  explicit local_sessions(ender end) : end_(std::move(end)) {}
  void admit(claim_ptr claim, std::function<void(session_verdict)> done) override;
  void established(const session_claim&) override {}
  void released(const session_claim& claim) noexcept override;
  /// Users that have a session.
  std::size_t users() const;

 private:
  const ender end_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, claim_ptr> by_user_;
};

}  // namespace pushmesh::cluster::push
