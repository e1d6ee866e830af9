#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/node/bench/bench_options.hpp"
#include "cluster/node/bench/broadcast_judge.hpp"
#include "cluster/node/bench/broadcast_source.hpp"
#include "cluster/node/bench/process_times.hpp"
#include "cluster/node/bench/report.hpp"
#include "cluster/node/bench/worker_pool.hpp"

namespace pushmesh::bench {

/// One run, in the parent: has the workers connect, publishes, waits for what is under way, and
/// sums up. One thread; SIGINT and SIGTERM end the phase it is in.
class bench_run {
 public:
  bench_run(const worker_setup& setup, const machine_limits& limits);

  bench_result run();

 private:
  struct sample {
    std::int64_t at_us = 0;
    machine_time machine;
    std::vector<std::uint64_t> cpu_us, waiting_us;  // by worker
    std::uint64_t messages = 0, bytes = 0;
  };

  void connect();
  void measure();
  void wait_for_the_rest();
  void publish_if_due();
  void turn();
  void serve_source();
  void lose_source(const std::string& why);
  void show_progress(const char* phase);
  bool is_everything_back() const;
  sample take_sample() const;
  bench_result sum_up(const sample& before, const sample& after);
  void sum_counts(bench_result& r) const;
  void sum_histograms(bench_result& r) const;

  const worker_setup setup_;
  const machine_limits limits_;
  worker_pool workers_;
  std::unique_ptr<broadcast_source> source_;
  std::string source_error_;
  broadcast_judge judge_;
  std::uint32_t seq_ = 0;
  std::int64_t next_broadcast_us_ = 0;  // 0: none is due
  std::int64_t next_progress_us_ = 0;
  std::uint64_t last_messages_ = 0;
};

}  // namespace pushmesh::bench
