#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "actors/shard.hpp"

namespace pushmesh::actors {

template <class T>
void append(std::vector<T>& all, std::vector<T>&& more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// Puts together what shards and nodes answer to one request, and calls back once, on one shard.
/// Needs `void merge(Result& all, Result&& part)`. Usable from any thread.
template <class Result>
class collector : public std::enable_shared_from_this<collector<Result>> {
 public:
  using callback = std::function<void(Result)>;
  /// How a loss ends the request early.
  struct loss {
    std::function<bool(const Result& part)> in;  ///< whether this part tells of one
    /// Runs once, after launched(), while parts are missing: whoever was asked should answer with
    /// what there is.
    std::function<void()> hurry;
  };

  /// `done` runs on `home`, from its queue: never inside the call that asked. Once that shard has
  /// stopped, on the thread that brings the last part.
  collector(shard& home, callback done, loss on_loss = {})
      : home_(home), done_(std::move(done)), loss_(std::move(on_loss)) {}

  /// So many more parts will come. Before launched().
  void expect(std::size_t parts) {
    std::lock_guard lock(mutex_);
    missing_ += parts;
  }
  /// Everybody has been asked.
  void launched() {
    step next;
    {
      std::lock_guard lock(mutex_);
      launched_ = true;
      next = decide();
    }
    take(next);
  }
  /// One of the parts expected, or with `more_follow` a piece of one.
  void add(Result part, bool more_follow = false) {
    step next;
    {
      std::lock_guard lock(mutex_);
      lost_ |= loss_.in && loss_.in(part);
      merge(result_, std::move(part));
      if (!more_follow) --missing_;
      next = decide();
    }
    take(next);
  }

 private:
  enum class step { wait, hurry, finish };

  step decide() noexcept {
    if (!launched_ || finished_) return step::wait;
    if (missing_ == 0) {
      finished_ = true;
      return step::finish;
    }
    return lost_ && !std::exchange(hurried_, true) ? step::hurry : step::wait;
  }
  void take(step next) {
    if (next == step::hurry) loss_.hurry();
    if (next != step::finish) return;
    const auto finish = [self = this->shared_from_this()] {
      self->done_(std::move(self->result_));
    };
    if (!home_.post(finish)) finish();
  }

  shard& home_;
  callback done_;
  loss loss_;
  std::mutex mutex_;  // of what follows
  Result result_;
  std::size_t missing_ = 0;
  bool launched_ = false;
  bool finished_ = false;
  bool lost_ = false;
  bool hurried_ = false;
};

}  // namespace pushmesh::actors
