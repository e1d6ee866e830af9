#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "actors/api/socket.hpp"
#include "cluster/push/error_code.hpp"
#include "cluster/push/session_info.hpp"

namespace pushmesh::cluster::push {

/// A socket that wants to be a user's, or is.
struct session_claim {
  std::uint64_t number;  ///< of the login, unique on the node
  std::string user;
  std::string device;    ///< empty: not told
  std::string platform;  ///< empty: not told
  time_point since;      ///< of the login
  /// The socket comes back under its old id (connection state recovery), with its old `since`: who
  /// logged in meanwhile is newer.
  bool comes_back;
  socket_id socket;
  socket_ref ref;  ///< to the same, for its node
};
using claim_ptr = std::shared_ptr<const session_claim>;

/// Why a session ends without its client having asked for it: what `repeat` tells.
struct session_end {
  enum class reason : std::uint8_t { replaced, kicked, expired };
  reason why;
  std::string by;    ///< platform of the new session, when replaced and told
  std::string text;  ///< a sentence, or what the kicker said
};

/// The answer to a claim.
struct session_verdict {
  bool admitted = true;
  std::size_t offline = 0;  ///< stored messages that wait for the user
  error refusal{};          ///< when not admitted
  std::string by{};         ///< platform of the session that is in the way, when there is one
};

/// Decides who of those that proved to be a user gets a session: the policy about devices, for this
/// node or for all of them. Outlives all sockets.
class session_registry {
 public:
  /// Ends the session of a claim that was admitted earlier. From any thread; a session that is over
  /// already stays so.
  using ender = std::function<void(const session_claim&, const session_end&)>;

  virtual ~session_registry() = default;
  /// Asks for a session. `done` is called once, from any thread, also within the call. Whoever has
  /// to give way is ended before that.
  virtual void admit(claim_ptr claim, std::function<void(session_verdict)> done) = 0;
  /// The client knows of its session now: messages may follow. After admit(), at most once.
  virtual void established(const session_claim& claim) = 0;
  /// The session of a claim that was admitted is over, or was not made after all. From any thread.
  virtual void released(const session_claim& claim) noexcept = 0;
};

/// A claim that was admitted, until it is let go of.
class session_lease {
 public:
  session_lease(session_registry& registry, claim_ptr claim)
      : registry_(registry), claim_(std::move(claim)) {}
  ~session_lease() { registry_.released(*claim_); }
  session_lease(const session_lease&) = delete;
  session_lease& operator=(const session_lease&) = delete;
  const session_claim& claim() const noexcept { return *claim_; }

 private:
  session_registry& registry_;
  claim_ptr claim_;
};

}  // namespace pushmesh::cluster::push
