#pragma once

#include <cstdint>

namespace pushmesh::actors {

/// Which messages of its own Redis count for a node that another one feeds meanwhile, or did: so
/// that each message is delivered once when Redis comes back. Both see a marker at the same place
/// among all messages: the other node stops there, this one begins there. Values in, values out.
class feed_switch {
 public:
  enum class verdict : std::uint8_t { deliver, ignore, hold };

  /// What to do with a message of the own Redis. `leased`: another node feeds this one or was asked
  /// to.
  verdict on_message(bool leased) const noexcept;
  /// The own Redis is gone.
  void down() noexcept { state_ = state::unproven; }
  /// The own Redis is back. With a `lease` a marker for it is on its way; 0: nobody feeds us.
  void live(std::uint64_t lease) noexcept;

  // These answer true when the own messages count from now on: those held come first.

  /// Our marker came back.
  bool own_marker(std::uint64_t lease) noexcept;
  /// The other node has seen it, and stopped.
  bool handed_over(std::uint64_t lease) noexcept;
  /// The other node is gone.
  bool feeder_lost(std::uint64_t lease) noexcept;

  /// The own messages count.
  bool on_own() const noexcept { return state_ == state::own; }
  /// The lease that is being handed over; 0: none.
  std::uint64_t switching() const noexcept;

 private:
  enum class state : std::uint8_t {
    unproven,
    own,
    marking,  ///< the marker was seen by neither
    holding,  ///< by us
    handed,   ///< by the other node
  };
  std::uint64_t lease_ = 0;
  state state_ = state::unproven;
};

}  // namespace pushmesh::actors
