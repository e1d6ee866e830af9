#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pushmesh::cluster {

/// Runs the completion handlers of one client, in order. What they do holds up no link. The queue
/// is bounded by the calls that may be pending, each of which comes here once.
class completion_thread {
 public:
  using job = std::function<void()>;

  /// `failed` is told what a handler threw.
  explicit completion_thread(std::function<void(const std::string&)> failed);
  ~completion_thread();  ///< finish()
  completion_thread(const completion_thread&) = delete;
  completion_thread& operator=(const completion_thread&) = delete;

  /// After finish() the jobs run at once, on the caller's thread.
  void run(std::vector<job> jobs);
  /// Runs what is there, then ends. Not from a job.
  void finish();

 private:
  void loop();
  void run_guarded(job& j);

  std::function<void(const std::string&)> failed_;
  std::mutex mutex_;  // of what follows
  std::condition_variable something_;
  std::deque<job> jobs_;
  bool finishing_ = false;
  std::thread thread_;
};

}  // namespace pushmesh::cluster
