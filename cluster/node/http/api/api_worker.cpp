#include "cluster/node/http/api/api_worker.hpp"

#include <utility>

namespace pushmesh::http {

api_worker::api_worker(std::size_t most) : most_(most), thread_([this] { run(); }) {}

api_worker::~api_worker() {
  stop();
}

bool api_worker::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= most_) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

void api_worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void api_worker::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = {};  // what it holds goes before the next one, outside of the lock
    lock.lock();
  }
}

}  // namespace pushmesh::http
