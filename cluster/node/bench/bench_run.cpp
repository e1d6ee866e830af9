#include "cluster/node/bench/bench_run.hpp"

#include <poll.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "cluster/node/bench/monotonic_clock.hpp"

namespace pushmesh::bench {
namespace {

constexpr std::int64_t progress_every_us = 2'000'000;
constexpr int turn_ms = 20;
// What is under way may take long on an overloaded server, but not without any progress.
constexpr std::int64_t patience_us = 3'000'000;
constexpr std::int64_t longest_wait_us = 60'000'000;
// The workers publish their times this often; a sample must not be older.
constexpr std::int64_t settle_us = 150'000;

volatile std::sig_atomic_t stop_signals = 0;

void on_stop_signal(int) {
  stop_signals = stop_signals + 1;
}

// Counts SIGINT and SIGTERM while it lives.
class stop_watch {
 public:
  stop_watch() {
    stop_signals = 0;
    struct sigaction count {};
    count.sa_handler = on_stop_signal;
    sigaction(SIGINT, &count, &interrupt_);
    sigaction(SIGTERM, &count, &terminate_);
  }
  ~stop_watch() {
    sigaction(SIGINT, &interrupt_, nullptr);
    sigaction(SIGTERM, &terminate_, nullptr);
  }
  stop_watch(const stop_watch&) = delete;
  stop_watch& operator=(const stop_watch&) = delete;

 private:
  struct sigaction interrupt_ {};
  struct sigaction terminate_ {};
};

double in_seconds(std::int64_t us) {
  return static_cast<double>(us) / 1e6;
}

}  // namespace

bench_run::bench_run(const worker_setup& setup, const machine_limits& limits)
    : setup_(setup), limits_(limits), workers_(setup) {}

bench_result bench_run::run() {
  const stop_watch watch;
  connect();
  if (stop_signals == 0 && setup_.options.broadcast_every.count() > 0) {
    auto source = open_broadcast_source(setup_.options, setup_.servers);
    if (source) {
      source_ = std::move(*source);
    } else {
      source_error_ = source.error();
    }
  }
  const auto before = take_sample();
  if (stop_signals == 0 && source_error_.empty()) measure();
  const auto after = take_sample();  // waiting below would water down rates and CPU
  wait_for_the_rest();
  judge_.finish(workers_.total(&worker_board::dropped),
                [this](std::uint32_t seq) { return workers_.delivered(seq); });
  auto result = sum_up(before, after);  // before the workers close what is live
  workers_.quit();
  sum_histograms(result);
  result.client_memory = workers_.total(&worker_board::memory_bytes);
  return result;
}

void bench_run::connect() {
  const auto wanted = setup_.options.connections;
  while (stop_signals == 0 && workers_.total(&worker_board::settled) < wanted) {
    turn();
    show_progress("connecting");
    if (workers_.reap() > 0) break;
  }
  // Times of the workers that include the connecting are of no use to the sample that follows.
  for (const auto until = monotonic_us() + settle_us; monotonic_us() < until;) turn();
}

void bench_run::measure() {
  const auto& o = setup_.options;
  const auto started = monotonic_us();
  const auto ends = started + std::int64_t{o.duration.count()} * 1'000;
  if (source_) next_broadcast_us_ = started;
  if (o.echo_rate > 0) workers_.orders().echo.set(1);
  while (stop_signals == 0 && (o.duration.count() == 0 || monotonic_us() < ends)) {
    publish_if_due();
    turn();
    show_progress("measuring");
    if (workers_.reap() > 0) break;
  }
  workers_.orders().echo.set(0);
  next_broadcast_us_ = 0;
}

bool bench_run::is_everything_back() const {
  return judge_.open() == 0 && workers_.total(&worker_board::echoes_answered) >=
                                   workers_.total(&worker_board::echoes_sent);
}

void bench_run::wait_for_the_rest() {
  const int stops = stop_signals;
  const auto started = monotonic_us();
  auto last_progress = started;
  auto arrived = workers_.total(&worker_board::messages);
  for (auto now = started; now - last_progress < patience_us && now - started < longest_wait_us;
       now = monotonic_us()) {
    turn();
    if (now - started > settle_us && is_everything_back()) return;
    if (stop_signals > stops || workers_.reap() > 0) return;
    const auto arrived_now = workers_.total(&worker_board::messages);
    if (arrived_now != arrived) last_progress = now;
    arrived = arrived_now;
  }
}

void bench_run::publish_if_due() {
  const auto every = std::int64_t{setup_.options.broadcast_every.count()} * 1'000;
  while (source_ && next_broadcast_us_ != 0 && next_broadcast_us_ <= monotonic_us()) {
    next_broadcast_us_ += every;
    const auto dropped = workers_.total(&worker_board::dropped);
    judge_.sent(++seq_, workers_.total(&worker_board::live), dropped);
    if (const auto published = source_->publish(seq_); !published) lose_source(published.error());
  }
}

// Waits for the source, the next broadcast or 20 ms, whatever comes first.
void bench_run::turn() {
  std::int64_t wait_ms = turn_ms;
  if (next_broadcast_us_ != 0)
    wait_ms =
        std::clamp<std::int64_t>((next_broadcast_us_ - monotonic_us() + 999) / 1'000, 0, turn_ms);
  const bool writes = source_ && source_->wants_to_write();
  pollfd p{source_ ? source_->descriptor() : -1,
           static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0};
  if (poll(&p, 1, static_cast<int>(wait_ms)) > 0) serve_source();
  judge_.review(workers_.total(&worker_board::dropped),
                [this](std::uint32_t seq) { return workers_.delivered(seq); });
}

void bench_run::serve_source() {
  if (const auto served = source_->service(); !served) lose_source(served.error());
}

void bench_run::lose_source(const std::string& why) {
  source_error_ = "broadcasts ended early: " + why;
  source_.reset();
  next_broadcast_us_ = 0;
}

void bench_run::show_progress(const char* phase) {
  const auto now = monotonic_us();
  if (setup_.options.quiet || now < next_progress_us_) return;
  next_progress_us_ = now + progress_every_us;
  std::uint64_t failed = 0;
  for (std::size_t i = 0; i < failure_kinds; ++i)
    failed += workers_.total(&worker_board::failed, static_cast<failure>(i));
  const auto messages = workers_.total(&worker_board::messages);
  fmt::print(stderr, "{}: {} of {} connected, {} failed, {} dropped, {:.0f} messages/s\n", phase,
             workers_.total(&worker_board::live) + workers_.total(&worker_board::stalled),
             setup_.options.connections, failed, workers_.total(&worker_board::dropped),
             static_cast<double>(messages - last_messages_) / in_seconds(progress_every_us));
  last_messages_ = messages;
}

bench_run::sample bench_run::take_sample() const {
  sample s;
  s.at_us = monotonic_us();
  s.machine = read_machine_time();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    s.cpu_us.push_back(workers_.board(i).cpu_us.get());
    s.waiting_us.push_back(workers_.board(i).waiting_us.get());
  }
  s.messages = workers_.total(&worker_board::messages);
  s.bytes = workers_.total(&worker_board::bytes);
  return s;
}

bench_result bench_run::sum_up(const sample& before, const sample& after) {
  bench_result r;
  sum_counts(r);
  const auto took_us = std::max<std::int64_t>(1, after.at_us - before.at_us);
  r.seconds = in_seconds(took_us);
  r.messages = workers_.total(&worker_board::messages);
  r.bytes = workers_.total(&worker_board::bytes);
  r.messages_per_second = static_cast<double>(after.messages - before.messages) / r.seconds;
  r.bytes_per_second = static_cast<double>(after.bytes - before.bytes) / r.seconds;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const auto share = [&](std::uint64_t a, std::uint64_t b) {
      return static_cast<double>(b - a) / static_cast<double>(took_us);
    };
    r.workers.push_back({share(before.cpu_us[i], after.cpu_us[i]),
                         share(before.waiting_us[i], after.waiting_us[i])});
  }
  const auto idle = static_cast<double>(after.machine.idle - before.machine.idle);
  const auto busy = static_cast<double>(after.machine.busy - before.machine.busy);
  r.machine_idle = idle + busy > 0 ? idle / (idle + busy) : 0;
  r.broadcasts = judge_.sent_count();
  r.complete = judge_.complete();
  r.incomplete = judge_.incomplete();
  r.missing = judge_.missing();
  r.completion = judge_.completion();
  r.first = judge_.first();
  r.source_error = source_error_;
  r.workers_died = workers_.reap();
  r.worker_death = workers_.death();
  r.descriptor_limit = limits_.descriptors;
  r.source_ports = limits_.source_ports;
  r.reconnects = setup_.options.reconnect;
  return r;
}

void bench_run::sum_counts(bench_result& r) const {
  r.connections = setup_.options.connections;
  r.connected = workers_.total(&worker_board::connected);
  r.stalled = workers_.total(&worker_board::stalled);
  r.live_at_end = workers_.total(&worker_board::live) + r.stalled;
  r.stalled_closed = workers_.total(&worker_board::stalled_closed);
  r.dropped = workers_.total(&worker_board::dropped);
  r.reconnected = workers_.total(&worker_board::reconnected);
  r.repeated = workers_.total(&worker_board::repeated);
  r.other = workers_.total(&worker_board::other);
  r.pings = workers_.total(&worker_board::pings);
  r.acks_answered = workers_.total(&worker_board::acks_asked);
  r.echoes_sent = workers_.total(&worker_board::echoes_sent);
  r.echoes_answered = workers_.total(&worker_board::echoes_answered);
  std::uint64_t first = 0, last = 0;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    const auto& b = workers_.board(i);
    const auto dialled = b.first_dialled_us.get();
    if (dialled != 0 && (first == 0 || dialled < first)) first = dialled;
    last = std::max(last, b.last_live_us.get());
    r.last_http_status = std::max(r.last_http_status, b.last_http_status.get());
  }
  if (last > first) r.connect_seconds = in_seconds(static_cast<std::int64_t>(last - first));
  for (std::size_t i = 0; i < failure_kinds; ++i) {
    r.failed[i] = workers_.total(&worker_board::failed, static_cast<failure>(i));
    r.dropped_by[i] = workers_.total(&worker_board::dropped_by, static_cast<failure>(i));
  }
}

void bench_run::sum_histograms(bench_result& r) const {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    r.connecting.merge(workers_.board(i).connecting);
    r.latency.merge(workers_.board(i).latency);
    r.echo.merge(workers_.board(i).echo);
  }
}

}  // namespace pushmesh::bench
