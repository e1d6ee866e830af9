#pragma once

#include <cstdint>

namespace pushmesh::cluster {

/// Checks the numbers of the batches that arrive over one link: 1, 2, 3, ... (outbound_batch).
class batch_order {
 public:
  enum class arrival : std::uint8_t {
    next,      ///< take it
    repeated,  ///< was taken already: ignore it
    gap,       ///< batches are missing: what they held is lost, the link must start anew
  };

  arrival check(std::uint64_t sequence) noexcept {
    if (sequence <= last_) return arrival::repeated;
    if (sequence != last_ + 1) return arrival::gap;
    last_ = sequence;
    return arrival::next;
  }
  /// Number of the last one taken, 0 at first.
  std::uint64_t last() const noexcept { return last_; }

 private:
  std::uint64_t last_ = 0;
};

}  // namespace pushmesh::cluster
