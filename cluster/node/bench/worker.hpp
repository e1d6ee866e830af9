#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "cluster/node/bench/bench_options.hpp"
#include "cluster/node/bench/client_session.hpp"
#include "cluster/node/bench/dialler.hpp"
#include "cluster/node/bench/echo_ledger.hpp"
#include "cluster/node/bench/load_plan.hpp"
#include "cluster/node/bench/pacer.hpp"
#include "cluster/node/bench/process_times.hpp"
#include "cluster/node/bench/worker_board.hpp"

namespace pushmesh::bench {

/// What all workers of a run are made from.
struct worker_setup {
  const bench_options& options;
  const std::vector<server_address>& servers;
  const load_plan& plan;
};

/// The clients of one process: an epoll loop that dials its share of the connections and serves
/// them until the parent says quit. Lives in its own forked process, one thread.
class worker final : private session_events {
 public:
  worker(const worker_setup& setup, std::size_t index, worker_board& board,
         const worker_orders& orders);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  void run();

 private:
  enum class phase : std::uint8_t { idle, dialling, handshake, live, stalled };
  struct connection {
    client_session session;
    std::unique_ptr<std::string> unsent;  // what the socket did not take
    int fd = -1;
    std::uint32_t last_seq = 0;
    std::uint32_t dialled_us = 0;  // low bits
    phase now = phase::idle;
    bool has_settled = false;
  };
  struct retry {
    std::int64_t due_us;
    std::uint32_t index;
  };

  void dial_what_is_due();
  void start(std::uint32_t index);
  void handle(std::uint32_t index, std::uint32_t events);
  void finish_dialling(connection& c);
  void read(connection& c, bool is_closing);
  void send(connection& c, std::string_view bytes);
  void flush(connection& c);
  void lose(connection& c, failure why);
  void settle(connection& c);
  void close_descriptor(connection& c);
  void stop_reading(connection& c);
  void send_echoes();
  void fail_the_late();
  void keep_statistics();
  int wait_time_ms() const;
  std::uint32_t index_of(const connection& c) const;

  void live() override;
  void stamped(const stamp& s, std::size_t bytes) override;
  void acked(std::uint64_t id) override;
  void pinged() override { board_.pings.add(); }
  void ack_asked() override { board_.acks_asked.add(); }
  void other(std::size_t bytes) override;
  void refused_with(int status) override;

  const worker_setup setup_;
  const process_share& share_;
  worker_board& board_;
  const worker_orders& orders_;
  const client_phrases phrases_;
  const std::vector<in_addr> sources_;
  std::vector<std::string> requests_;  // upgrade request by server
  std::vector<connection> connections_;
  std::unique_ptr<char[]> buffer_;
  std::string answer_;             // scratch of read()
  connection* current_ = nullptr;  // the one that is fed
  int epoll_ = -1;
  std::int64_t now_us_ = 0;  // read once per batch of bytes
  std::uint32_t next_ = 0;   // first connection never dialled
  std::uint64_t in_flight_ = 0;
  std::uint64_t max_in_flight_;
  std::deque<retry> retries_;  // in the order they are due
  pacer dial_pace_;
  pacer echo_pace_;
  bool echoing_ = false;
  echo_ledger echoes_;
  std::uint64_t random_;
  process_times times_;
  std::int64_t next_statistics_us_ = 0;
  std::int64_t next_late_check_us_ = 0;
};

}  // namespace pushmesh::bench
