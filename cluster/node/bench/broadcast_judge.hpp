#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cluster/node/bench/delivery_board.hpp"
#include "cluster/node/bench/latency_histogram.hpp"

namespace pushmesh::bench {

/// Decides which broadcasts reached everybody they had to: all clients that were connected and
/// reading when it was sent, less those that were dropped since. Pure; lives in the parent.
class broadcast_judge {
 public:
  /// How far broadcast `seq` got, over all processes.
  using lookup = std::function<delivery(std::uint32_t seq)>;

  /// Broadcast `seq` goes out to `receivers` clients; `dropped` clients were lost before. Read
  /// `dropped` before `receivers`, so that a client lost between the two is not waited for.
  void sent(std::uint32_t seq, std::uint64_t receivers, std::uint64_t dropped);

  /// Looks again at all that are not complete. `dropped`: clients lost by now.
  void review(std::uint64_t dropped, const lookup& delivered);

  /// The run is over: what is not complete lacks messages.
  void finish(std::uint64_t dropped, const lookup& delivered);

  std::uint64_t sent_count() const noexcept { return sent_; }
  std::uint64_t open() const noexcept { return open_.size(); }
  std::uint64_t complete() const noexcept { return complete_; }
  /// Once finished: broadcasts that lack receivers, and how many they lack.
  std::uint64_t incomplete() const noexcept { return incomplete_; }
  std::uint64_t missing() const noexcept { return missing_; }
  /// From the stamp to the last receiver, of complete broadcasts.
  const latency_histogram& completion() const noexcept { return completion_; }
  /// From the stamp to the first receiver, of complete broadcasts.
  const latency_histogram& first() const noexcept { return first_; }

 private:
  struct pending {
    std::uint32_t seq;
    std::uint64_t receivers;
    std::uint64_t dropped;
  };
  static std::uint64_t expected(const pending& p, std::uint64_t dropped) noexcept;
  bool settle(const pending& p, std::uint64_t dropped, const lookup& delivered);
  void give_up(const pending& p, std::uint64_t dropped, const lookup& delivered);

  std::vector<pending> open_;
  std::uint64_t sent_ = 0;
  std::uint64_t complete_ = 0;
  std::uint64_t incomplete_ = 0;
  std::uint64_t missing_ = 0;
  latency_histogram completion_;
  latency_histogram first_;
};

}  // namespace pushmesh::bench
