#pragma once

#include <cstdint>

#include "net/transport/relay/relay_message.hpp"
#include "net/transport/relay/session_home.hpp"

namespace pushmesh::net {

/// The way to another node, for what clients ask of sessions there. Any thread.
class session_link {
 public:
  enum class sent : std::uint8_t {
    yes,
    later,  ///< there is no room now
    never   ///< it is larger than what can travel
  };

  virtual ~session_link() = default;
  /// Tells links apart; of a lost one it never comes back.
  virtual std::uint64_t id() const noexcept = 0;
  /// Messages of one thread arrive in their order.
  virtual sent send(const relay_message& message) = 0;
};

}  // namespace pushmesh::net
