#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace pushmesh {

enum class health_state : std::uint8_t {
  ok,
  degraded,  ///< something is missing; the node serves its clients all the same
};

/// One part of a node and how it is.
struct component_health {
  std::string name;
  health_state state = health_state::ok;
  std::string detail;  ///< a sentence
  std::string advice;  ///< what an operator can do; empty when nothing is known
  /// How long it has worked, or not; nullopt: not known.
  std::optional<std::chrono::steady_clock::duration> lasting = std::nullopt;
};

}  // namespace pushmesh
