#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <utility>

namespace pushmesh::actors {

/// How the emitter bridge is, as it says itself. Any thread.
class bridge_state {
 public:
  using clock = std::chrono::steady_clock;
  struct view {
    bool works = false;  ///< what is published arrives
    std::string detail;  ///< a sentence
    std::string advice;  ///< what to do; empty when there is nothing, or nothing is known
    clock::time_point since = clock::now();
  };

  void set(bool works, std::string detail, std::string advice) {
    const std::lock_guard lock(mutex_);
    if (works != now_.works) now_.since = clock::now();
    now_.works = works;
    now_.detail = std::move(detail);
    now_.advice = std::move(advice);
  }
  view get() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }

 private:
  mutable std::mutex mutex_;
  view now_{false, "the first connection is being made", {}};
};

}  // namespace pushmesh::actors
