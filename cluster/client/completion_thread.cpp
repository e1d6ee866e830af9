#include "cluster/client/completion_thread.hpp"

#include <exception>
#include <utility>

namespace pushmesh::cluster {

completion_thread::completion_thread(std::function<void(const std::string&)> failed)
    : failed_(std::move(failed)), thread_([this] { loop(); }) {}

completion_thread::~completion_thread() {
  finish();
}

void completion_thread::run(std::vector<job> jobs) {
  if (jobs.empty()) return;
  {
    std::lock_guard lock(mutex_);
    if (!finishing_) {
      for (auto& j : jobs) jobs_.push_back(std::move(j));
      jobs.clear();
    }
  }
  something_.notify_one();
  for (auto& j : jobs) run_guarded(j);
}

void completion_thread::finish() {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  something_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void completion_thread::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    something_.wait(lock, [this] { return finishing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto j = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    run_guarded(j);
    j = {};  // what it holds may call back
    lock.lock();
  }
}

void completion_thread::run_guarded(job& j) {
  try {
    j();
  } catch (const std::exception& e) {
    failed_(std::string("a completion handler failed: ") + e.what());
  } catch (...) {
    failed_("a completion handler failed");
  }
}

}  // namespace pushmesh::cluster
