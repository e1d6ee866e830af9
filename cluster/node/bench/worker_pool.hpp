#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/node/bench/shared_memory.hpp"
#include "cluster/node/bench/worker.hpp"
#include "cluster/node/bench/worker_board.hpp"

namespace pushmesh::bench {

/// The worker processes of a run, as the parent sees them: forks them, sums what they report,
/// notices when one dies. Ends them when destroyed.
class worker_pool {
 public:
  /// Forks one process per share of the plan. Throws std::system_error when the kernel refuses.
  explicit worker_pool(const worker_setup& setup);
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  std::size_t size() const noexcept { return boards_.size(); }
  const worker_board& board(std::size_t i) const noexcept { return *boards_[i]; }
  worker_orders& orders() noexcept { return *orders_; }

  /// Sum of one number over all workers.
  std::uint64_t total(shared_number worker_board::*number) const noexcept;
  std::uint64_t total(failure_counts worker_board::*counts, failure f) const noexcept;
  /// How far a broadcast got, over all workers.
  delivery delivered(std::uint32_t seq) const noexcept;

  /// Looks for workers that have ended. Returns how many ended without being told to, so far.
  std::size_t reap();
  /// How the first of those ended: "killed by signal 9"; empty when none did.
  const std::string& death() const noexcept { return death_; }

  /// Tells all to quit and waits until they have.
  void quit();

 private:
  void note(int status);

  shared_memory<worker_orders> orders_;
  std::vector<shared_memory<worker_board>> boards_;
  std::vector<pid_t> running_;
  std::size_t died_ = 0;
  std::string death_;
};

}  // namespace pushmesh::bench
