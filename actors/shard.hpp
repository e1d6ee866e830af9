#pragma once

#include <atomic>
#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/transport/io_loop.hpp"

namespace pushmesh::actors {

class shard;

/// A piece of work for a shard. Jobs of one sender run in the order they were pushed.
class shard_job {
 public:
  virtual ~shard_job() = default;
  virtual void run(shard& home) = 0;

 private:
  friend class shard;
  shard_job* next_ = nullptr;
};

/// One I/O thread with all that lives on it: the loop with its connections, the actors pinned to
/// it, and ONE queue through which everything from outside reaches them. Owns its thread.
class shard : public caf::execution_unit {
 public:
  shard(caf::actor_system& system, std::uint16_t index, const net::transport_options& options,
        net::outbound_budget& budget, net::loop_hooks hooks);
  ~shard() override;
  shard(const shard&) = delete;

  std::uint16_t index() const noexcept { return index_; }
  net::io_loop& loop() noexcept { return loop_; }
  /// True on this shard's thread.
  bool here() const noexcept;
  /// The shard whose thread this is; nullptr on other threads.
  static shard* current() noexcept;

  /// Any thread. True while more than max_queued jobs are queued: who can wait had better.
  bool crowded() const noexcept { return queued_.load(std::memory_order_relaxed) > max_queued; }
  /// Any thread. False, and the job is destroyed, when the shard takes no more work. A thread that
  /// is no shard's waits here while more than max_queued jobs are queued: an application that
  /// emits faster than the node can deliver is slowed down, not stored.
  bool push(std::unique_ptr<shard_job> job);
  /// The same for what is bounded elsewhere, such as what comes from other nodes: never waits.
  bool push_without_waiting(std::unique_ptr<shard_job> job);
  template <class F>
  bool post(F&& f) {
    return push(job_of(std::forward<F>(f)));
  }
  /// Runs `f` when all that any thread has pushed by now has run. What this shard's thread pushes
  /// to its own shard otherwise overtakes what others did.
  template <class F>
  bool post_behind_all(F&& f) {
    queued_.fetch_add(1);
    return push_to_inbox(job_of(std::forward<F>(f)));
  }

  /// Keeps `p` alive until the turn ends: for what may still be on the stack.
  template <class T>
  void retire(T p) {
    struct holder final : retired {
      explicit holder(T x) : kept(std::move(x)) {}
      T kept;
    };
    retired_.push_back(std::make_unique<holder>(std::move(p)));
  }

  /// Runs `f` once at the end of this turn: for what gathers what the turn brings. On its thread.
  void at_turn_end(std::function<void()> f) { turn_end_.push_back(std::move(f)); }

  void start();
  /// Closes the queue (later pushes fail), runs what is in it, ends the thread and joins it.
  void stop();

  /// Actors of this shard that still exist, on any thread.
  std::atomic<std::int64_t>& live_actors() noexcept { return live_actors_; }

  /// CAF: queues a resumable (the shard actor) to run on this shard. Any thread.
  void exec_later(caf::resumable* r) override;

 private:
  /// Some 100 bytes and a reference to a frame each.
  static constexpr std::int64_t max_queued = 65'536;
  struct retired {
    virtual ~retired() = default;
  };
  template <class F>
  static std::unique_ptr<shard_job> job_of(F&& f) {
    struct job final : shard_job {
      explicit job(F&& g) : fn(std::forward<F>(g)) {}
      void run(shard&) override { fn(); }
      std::decay_t<F> fn;
    };
    return std::make_unique<job>(std::forward<F>(f));
  }
  bool push_to_inbox(std::unique_ptr<shard_job> job);
  void run();
  void take_inbox(shard_job* mark);
  bool run_jobs();
  void run_ready();
  void release_retired();
  void run_turn_end();
  void wake();
  void wait_for_space();
  void offer_space();
  static shard_job* closed() noexcept;

  std::uint16_t index_;
  net::io_loop loop_;
  std::atomic<shard_job*> inbox_{nullptr};  // newest first; closed() once the shard takes no more
  shard_job* queue_head_ = nullptr;         // oldest first, this thread only
  shard_job* queue_tail_ = nullptr;
  std::atomic<std::int64_t> queued_{0};         // jobs in both
  std::atomic<std::uint32_t> waiting_{0};       // threads in wait_for_space
  std::atomic<std::uint32_t> space_offers_{0};  // what they wait on
  std::vector<caf::resumable*> ready_;
  std::vector<std::unique_ptr<retired>> retired_;
  std::atomic<std::int64_t> live_actors_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  std::vector<std::function<void()>> turn_end_;
};

}  // namespace pushmesh::actors
