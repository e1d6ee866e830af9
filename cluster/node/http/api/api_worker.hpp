#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace pushmesh::http {

/// A thread for what would hold up a shard: reading a body of 32 MiB, or waiting because shards are
/// behind. One, so that what a caller orders is done in that order.
class api_worker {
 public:
  /// More than `most` that wait are refused: their callers are told to come again.
  explicit api_worker(std::size_t most = 1024);
  ~api_worker();  ///< stop()
  api_worker(const api_worker&) = delete;
  api_worker& operator=(const api_worker&) = delete;

  /// False, and the job is dropped, when too much waits or the worker has stopped. Any thread. When
  /// it stops before the job's turn it calls `instead`. Neither must throw.
  bool post(std::function<void()> job, std::function<void()> instead);
  /// Ends with the job under way; calls `instead` for those that wait, at once. Idempotent; not
  /// from a job.
  void stop();

 private:
  struct entry {
    std::function<void()> job, instead;
  };
  void run();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<entry> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace pushmesh::http
