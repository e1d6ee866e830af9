#include "cluster/node/bench/worker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include "cluster/node/bench/monotonic_clock.hpp"

namespace pushmesh::bench {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::uint64_t dials_per_turn = 128;
constexpr std::uint64_t echoes_per_turn = 64;
constexpr int tries_to_find_live = 16;
constexpr std::int64_t retry_after_us = 1'000'000;
constexpr std::int64_t statistics_every_us = 100'000;
constexpr std::int64_t late_check_every_us = 500'000;
// An emit that does not fit is one more client that waits, not one more megabyte here.
constexpr std::size_t max_unsent = 64 * 1024;

constexpr std::uint32_t closing_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

// Enough for a handshake: the difference of two of them is right below 71 minutes.
std::uint32_t low_bits(std::int64_t us) noexcept {
  return static_cast<std::uint32_t>(us);
}

}  // namespace

worker::worker(const worker_setup& setup, std::size_t index, worker_board& board,
               const worker_orders& orders)
    : setup_(setup),
      share_(setup.plan.processes[index]),
      board_(board),
      orders_(orders),
      phrases_(setup.options.nsp, setup.options.path),
      sources_(parse_sources(share_.sources)),
      connections_(share_.connections),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      dial_pace_(setup.options.rate / static_cast<double>(setup.plan.processes.size())),
      echo_pace_(setup.options.echo_rate / static_cast<double>(setup.plan.processes.size())),
      random_(index * 2 + 1) {
  const auto processes = setup.plan.processes.size();
  max_in_flight_ = std::max<std::uint64_t>(1, setup.options.in_flight / processes);
  for (const auto& server : setup.servers)
    requests_.push_back(phrases_.upgrade_request(server.host_port));
  if (epoll_ < 0) throw std::bad_alloc();
}

worker::~worker() {
  for (auto& c : connections_) close_descriptor(c);
  close(epoll_);
}

void worker::run() {
  std::array<epoll_event, 512> events;
  now_us_ = monotonic_us();
  dial_pace_.start(now_us_);
  while (orders_.quit.get() == 0) {
    now_us_ = monotonic_us();
    dial_what_is_due();
    send_echoes();
    fail_the_late();
    keep_statistics();
    const int n = epoll_wait(epoll_, events.data(), events.size(), wait_time_ms());
    for (int i = 0; i < n; ++i)
      handle(events[static_cast<std::size_t>(i)].data.u32,
             events[static_cast<std::size_t>(i)].events);
  }
  next_statistics_us_ = 0;
  keep_statistics();
  board_.memory_bytes.set(private_memory_bytes());
}

int worker::wait_time_ms() const {
  if (echoing_ || !retries_.empty()) return 1;
  if (next_ == connections_.size()) return 20;
  if (setup_.options.rate > 0) return 1;
  return in_flight_ < max_in_flight_ ? 0 : 20;
}

std::uint32_t worker::index_of(const connection& c) const {
  return static_cast<std::uint32_t>(&c - connections_.data());
}

void worker::dial_what_is_due() {
  while (!retries_.empty() && retries_.front().due_us <= now_us_ && in_flight_ < max_in_flight_) {
    const auto index = retries_.front().index;
    retries_.pop_front();
    start(index);
  }
  if (next_ == connections_.size() || in_flight_ >= max_in_flight_) return;
  const auto room =
      std::min({max_in_flight_ - in_flight_, connections_.size() - next_, dials_per_turn});
  for (auto due = dial_pace_.take(now_us_, room); due > 0; --due) start(next_++);
}

void worker::start(std::uint32_t index) {
  auto& c = connections_[index];
  const auto servers = setup_.servers.size();
  const auto& server = setup_.servers[(share_.first + index) % servers];
  // Every source dials every server.
  const auto* const source =
      sources_.empty() ? nullptr : &sources_[index / servers % sources_.size()];
  c.now = phase::dialling;
  c.dialled_us = low_bits(now_us_);
  c.last_seq = 0;
  ++in_flight_;
  if (board_.first_dialled_us.get() == 0)
    board_.first_dialled_us.set(static_cast<std::uint64_t>(now_us_));
  const auto fd = dial(server, source);
  if (!fd) return lose(c, failure_of(fd.error()));
  c.fd = *fd;
  epoll_event wanted{};
  wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  wanted.data.u32 = index;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &wanted) != 0) lose(c, failure::memory);
}

void worker::handle(std::uint32_t index, std::uint32_t events) {
  auto& c = connections_[index];
  if (c.fd < 0) return;  // lost earlier in this batch
  if (c.now == phase::dialling) finish_dialling(c);
  if (c.now == phase::stalled) {
    if (events & closing_events) lose(c, failure::closed);
    return;
  }
  if (c.fd >= 0 && c.unsent && (events & EPOLLOUT)) flush(c);
  if (c.fd >= 0 && (events & (EPOLLIN | closing_events))) read(c, (events & closing_events) != 0);
}

void worker::finish_dialling(connection& c) {
  if (const int error = connect_error(c.fd); error != 0) return lose(c, failure_of(error));
  c.now = phase::handshake;
  send(c, requests_[(share_.first + index_of(c)) % requests_.size()]);
}

// Reads until the socket is empty, as its events are edges. A read that does not fill the buffer
// has emptied it: what comes later is a new edge. Only the end of the stream takes one more read.
void worker::read(connection& c, bool is_closing) {
  for (;;) {
    const auto n = recv(c.fd, buffer_.get(), buffer_size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) return lose(c, n == 0 ? failure::closed : failure_of(errno));
    now_us_ = monotonic_us();
    current_ = &c;
    answer_.clear();
    const auto wrong =
        c.session.feed({buffer_.get(), static_cast<std::size_t>(n)}, phrases_, answer_, *this);
    if (!answer_.empty()) send(c, answer_);
    if (c.fd < 0) return;
    if (wrong) return lose(c, *wrong);
    if (c.now == phase::stalled) return stop_reading(c);
    if (static_cast<std::size_t>(n) < buffer_size && !is_closing) return;
  }
}

void worker::send(connection& c, std::string_view bytes) {
  if (!c.unsent) {
    const auto n = ::send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n == static_cast<ssize_t>(bytes.size())) return;
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return lose(c, failure_of(errno));
    bytes.remove_prefix(n < 0 ? 0 : static_cast<std::size_t>(n));
    c.unsent = std::make_unique<std::string>();
  }
  if (c.unsent->size() + bytes.size() > max_unsent) return lose(c, failure::timed_out);
  c.unsent->append(bytes);
}

void worker::flush(connection& c) {
  const auto n = ::send(c.fd, c.unsent->data(), c.unsent->size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return lose(c, failure_of(errno));
  if (n > 0) c.unsent->erase(0, static_cast<std::size_t>(n));
  if (c.unsent->empty()) c.unsent.reset();
}

void worker::lose(connection& c, failure why) {
  switch (c.now) {
    case phase::idle:
      return;
    case phase::dialling:
    case phase::handshake:
      --in_flight_;
      board_.failed[static_cast<std::size_t>(why)].add();
      settle(c);
      break;
    case phase::live:
      board_.live.subtract();  // before `dropped`, see broadcast_judge::sent
      board_.dropped.add();
      board_.dropped_by[static_cast<std::size_t>(why)].add();
      break;
    case phase::stalled:
      board_.stalled.subtract();
      board_.stalled_closed.add();
      break;
  }
  close_descriptor(c);
  c.now = phase::idle;
  c.unsent.reset();
  c.session = client_session();
  if (setup_.options.reconnect) retries_.push_back({now_us_ + retry_after_us, index_of(c)});
}

void worker::close_descriptor(connection& c) {
  if (c.fd >= 0) close(c.fd);
  c.fd = -1;
}

void worker::settle(connection& c) {
  if (c.has_settled) return;
  c.has_settled = true;
  board_.settled.add();
}

// From here on only the end of the connection is of interest.
void worker::stop_reading(connection& c) {
  epoll_event wanted{};
  wanted.events = EPOLLRDHUP | EPOLLET;
  wanted.data.u32 = index_of(c);
  epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &wanted);
}

void worker::send_echoes() {
  if (orders_.echo.get() == 0) {
    echoing_ = false;
    return;
  }
  if (!echoing_) echo_pace_.start(now_us_);
  echoing_ = true;
  for (auto due = echo_pace_.take(now_us_, echoes_per_turn); due > 0; --due) {
    for (int i = 0; i < tries_to_find_live; ++i) {
      random_ = random_ * 6364136223846793005 + 1442695040888963407;
      auto& c = connections_[(random_ >> 33) % connections_.size()];
      if (c.now != phase::live) continue;
      const auto sent_us = monotonic_us();
      const auto id = std::to_string(echoes_.begin(sent_us));
      std::string frame;
      append_client_frame(frame, net::ws_opcode::text,
                          {phrases_.event, id, "[\"echo\",", std::to_string(sent_us), "]"});
      board_.echoes_sent.add();
      send(c, frame);
      break;
    }
  }
}

void worker::fail_the_late() {
  if (now_us_ < next_late_check_us_ || in_flight_ == 0) return;
  next_late_check_us_ = now_us_ + late_check_every_us;
  const auto patience = static_cast<std::uint32_t>(setup_.options.connect_timeout.count() * 1'000);
  for (auto& c : connections_) {
    if (c.now != phase::dialling && c.now != phase::handshake) continue;
    if (low_bits(now_us_) - c.dialled_us > patience) lose(c, failure::timed_out);
  }
}

void worker::keep_statistics() {
  if (now_us_ < next_statistics_us_) return;
  next_statistics_us_ = now_us_ + statistics_every_us;
  board_.cpu_us.set(times_.cpu_us());
  board_.waiting_us.set(times_.waiting_us());
}

void worker::live() {
  auto& c = *current_;
  const bool is_first = !c.has_settled;
  --in_flight_;
  const bool stalls = is_stalled(share_.first + index_of(c), setup_.options.stall);
  c.now = stalls ? phase::stalled : phase::live;
  (stalls ? board_.stalled : board_.live).add();
  (is_first ? board_.connected : board_.reconnected).add();
  board_.last_live_us.set(static_cast<std::uint64_t>(now_us_));
  board_.connecting.record(low_bits(now_us_) - c.dialled_us);
  settle(c);
  if (setup_.options.join == 0) return;
  const auto room = (share_.first + index_of(c)) % setup_.options.join;
  append_client_frame(answer_, net::ws_opcode::text,
                      {phrases_.event, "[\"join\",\"room-", std::to_string(room), "\"]"});
}

void worker::stamped(const stamp& s, std::size_t bytes) {
  const auto latency = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now_us_ - s.sent_us));
  board_.messages.add();
  board_.bytes.add(bytes);
  board_.latency.record(latency);
  auto& c = *current_;
  if (s.seq <= c.last_seq) return board_.repeated.add();
  c.last_seq = s.seq;
  if (c.now == phase::live) board_.deliveries.record(s.seq, latency);
}

void worker::acked(std::uint64_t id) {
  const auto took = echoes_.end(id, now_us_);
  if (!took) return;
  board_.echo.record(*took);
  board_.echoes_answered.add();
}

void worker::other(std::size_t bytes) {
  board_.other.add();
  board_.bytes.add(bytes);
}

void worker::refused_with(int status) {
  board_.last_http_status.set(static_cast<std::uint64_t>(status));
}

}  // namespace pushmesh::bench
