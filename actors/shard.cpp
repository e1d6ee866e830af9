#include "actors/shard.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/resumable.hpp>
#include <chrono>
#include <pthread.h>

namespace pushmesh::actors {

namespace {

thread_local shard* this_shard = nullptr;

// One turn of the loop takes at most this much of each kind, so that no source of work starves
// the others or the flush.
constexpr int max_events_per_turn = 256;
constexpr int max_jobs_per_turn = 1024;
constexpr auto max_turn = std::chrono::milliseconds(1);
// An emit to 15,000 sockets takes half a millisecond: a thousand of them may not keep the flush and
// the clients' packets waiting. Several at once are wanted, so that their frames leave together.
constexpr auto max_jobs_turn = std::chrono::milliseconds(5);
constexpr int jobs_per_clock_read = 8;
constexpr std::size_t caf_throughput = 100;

struct closed_mark final : shard_job {
  void run(shard&) override {}
};

}  // namespace

shard_job* shard::closed() noexcept {
  static closed_mark mark;
  return &mark;
}

shard::shard(caf::actor_system& system, std::uint16_t index, const net::transport_options& options,
             net::outbound_budget& budget, net::loop_hooks hooks)
    : caf::execution_unit(&system), index_(index), loop_(options, budget, std::move(hooks)) {}

shard::~shard() {
  stop();
}

bool shard::here() const noexcept {
  return this_shard == this;
}
shard* shard::current() noexcept {
  return this_shard;
}

void shard::wait_for_space() {
  waiting_.fetch_add(1);
  for (;;) {
    const auto offer = space_offers_.load();
    if (queued_.load() <= max_queued || inbox_.load() == closed()) break;
    space_offers_.wait(offer);
  }
  waiting_.fetch_sub(1);
}

void shard::offer_space() {
  if (waiting_.load() == 0) return;
  space_offers_.fetch_add(1);
  space_offers_.notify_all();
}

bool shard::push(std::unique_ptr<shard_job> job) {
  if (!this_shard && queued_.load(std::memory_order_relaxed) > max_queued) wait_for_space();
  return push_without_waiting(std::move(job));
}

bool shard::push_without_waiting(std::unique_ptr<shard_job> job) {
  queued_.fetch_add(1);
  if (here()) {
    auto* raw = job.release();
    (queue_tail_ ? queue_tail_->next_ : queue_head_) = raw;
    queue_tail_ = raw;
    return true;
  }
  return push_to_inbox(std::move(job));
}

bool shard::push_to_inbox(std::unique_ptr<shard_job> job) {
  auto* head = inbox_.load(std::memory_order_relaxed);
  do {
    if (head == closed()) {
      queued_.fetch_sub(1);
      return false;
    }
    job->next_ = head;
  } while (!inbox_.compare_exchange_weak(head, job.get(), std::memory_order_release,
                                         std::memory_order_relaxed));
  job.release();
  if (head == nullptr) wake();
  return true;
}

void shard::wake() {
  boost::asio::post(loop_.context(), [] {});
}

void shard::exec_later(caf::resumable* r) {
  if (here()) {
    ready_.push_back(r);
    return;
  }
  if (!post([this, r] { ready_.push_back(r); })) caf::intrusive_ptr_release(r);
}

void shard::start() {
  thread_ = std::thread([this] { run(); });
}

void shard::stop() {
  if (!thread_.joinable()) return;
  post([this] { stopping_ = true; });
  thread_.join();
}

// Moves the inbox behind the queue, oldest first, and leaves `mark` in its place.
void shard::take_inbox(shard_job* mark) {
  auto* newest = inbox_.exchange(mark, std::memory_order_acquire);
  shard_job* oldest = nullptr;
  auto* last = newest;
  while (newest) {
    auto* older = std::exchange(newest->next_, oldest);
    oldest = std::exchange(newest, older);
  }
  if (!oldest) return;
  (queue_tail_ ? queue_tail_->next_ : queue_head_) = oldest;
  queue_tail_ = last;
}

// Runs queued jobs; true when some are left for the next turn.
bool shard::run_jobs() {
  if (!queue_head_) return false;
  const auto deadline = std::chrono::steady_clock::now() + max_jobs_turn;
  int n = 0;
  while (n < max_jobs_per_turn && queue_head_) {
    std::unique_ptr<shard_job> job{queue_head_};
    queue_head_ = job->next_;
    if (!queue_head_) queue_tail_ = nullptr;
    job->run(*this);
    // An actor woken by this job runs before the next one: one queue, one order.
    if (!ready_.empty()) run_ready();
    if (++n % jobs_per_clock_read == 0 && std::chrono::steady_clock::now() > deadline) break;
  }
  // Once half of the queue is free: waking a thread for each place would cost more than the job.
  if (queued_.fetch_sub(n) - n <= max_queued / 2) offer_space();
  return queue_head_ != nullptr;
}

void shard::run_ready() {
  std::vector<caf::resumable*> batch;
  batch.swap(ready_);
  for (auto* r : batch) {
    if (r->resume(this, caf_throughput) == caf::resumable::resume_later)
      ready_.push_back(r);
    else
      caf::intrusive_ptr_release(r);
  }
}

// What is released may hold application objects whose destructors retire or queue more.
void shard::release_retired() {
  std::vector<std::unique_ptr<retired>> batch;
  while (!retired_.empty()) {
    batch.swap(retired_);
    batch.clear();
  }
}

// What runs may ask for the next turn's end.
void shard::run_turn_end() {
  if (turn_end_.empty()) return;
  for (const auto& f : std::exchange(turn_end_, {})) f();
}

void shard::run() {
  this_shard = this;
  pthread_setname_np(pthread_self(), ("pm.shard" + std::to_string(index_)).c_str());
  auto& context = loop_.context();
  auto guard = boost::asio::make_work_guard(context);
  bool busy = true;
  while (!stopping_) {
    loop_.begin_turn();
    int events = 0;
    if (!busy && ready_.empty()) {
      loop_.may_sleep();
      events = static_cast<int>(context.run_one());
      loop_.begin_turn();
    }
    const auto deadline = loop_.now() + max_turn;
    while (events < max_events_per_turn && context.poll_one()) {
      if ((++events & 15) == 0 && std::chrono::steady_clock::now() > deadline) break;
    }
    take_inbox(nullptr);
    busy = run_jobs();
    if (!ready_.empty()) run_ready();
    busy |= loop_.finish_turn();
    release_retired();
    run_turn_end();
    busy |= !ready_.empty() || queue_head_ != nullptr || !turn_end_.empty();
  }
  take_inbox(closed());  // whatever was pushed before still runs
  offer_space();
  // Closes that are still to be reported, and destructors of what goes now, may queue more.
  do {
    while (run_jobs() || !ready_.empty()) run_ready();
    loop_.finish_turn();
    loop_.drop_lingering();
    release_retired();
    run_turn_end();
  } while (queue_head_ || !ready_.empty() || !turn_end_.empty());
  this_shard = nullptr;
}

}  // namespace pushmesh::actors
