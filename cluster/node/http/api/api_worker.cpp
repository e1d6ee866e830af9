#include "cluster/node/http/api/api_worker.hpp"

#include <utility>

namespace pushmesh::http {

api_worker::api_worker(std::size_t most) : most_(most), thread_([this] { run(); }) {}

api_worker::~api_worker() {
  stop();
}

bool api_worker::post(std::function<void()> job, std::function<void()> instead) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= most_) return false;
    waiting_.push_back({std::move(job), std::move(instead)});
  }
  changed_.notify_one();
  return true;
}

void api_worker::stop() {
  std::deque<entry> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  changed_.notify_one();
  for (const auto& e : left) e.instead();
  if (thread_.joinable()) thread_.join();
}

void api_worker::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    next.job();
    next = {};  // what it holds goes before the next one, outside of the lock
    lock.lock();
  }
}

}  // namespace pushmesh::http
