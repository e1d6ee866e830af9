#include "net/transport/io_loop.hpp"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <utility>

#include "net/transport/http_session.hpp"
#include "net/transport/polling_hub.hpp"
#include "net/transport/relay/session_relay.hpp"
#include "net/transport/websocket_connection.hpp"

namespace pushmesh::net {
namespace {

constexpr int flushes_per_turn = 256;
constexpr int turn_end_tasks_per_turn = 256;
constexpr auto longest_sweep = std::chrono::milliseconds(1000);
constexpr auto shortest_sweep = std::chrono::milliseconds(10);

using wake_timer = boost::asio::basic_waitable_timer<timer_wheel::clock,
                                                     boost::asio::wait_traits<timer_wheel::clock>,
                                                     boost::asio::io_context::executor_type>;

}  // namespace

struct io_loop::asio_part {
  boost::asio::io_context context{1};
  wake_timer timer{context};
  timer_wheel::clock::time_point armed_until = timer_wheel::clock::time_point::max();
};

io_loop::io_loop(const transport_options& options, outbound_budget& budget, loop_hooks hooks)
    : options_(options),
      budget_(budget),
      hooks_(std::move(hooks)),
      own_quota_(options.max_connections),
      own_sessions_(options.max_connections),
      now_(timer_wheel::clock::now()),
      timers_(now_),
      read_buffer_(new char[read_buffer_size]),
      polling_(
          std::make_unique<polling_hub>(*this, hooks_.sessions ? *hooks_.sessions : own_sessions_)),
      relay_(std::make_unique<session_relay>(*this)),
      asio_(std::make_unique<asio_part>()) {}

io_loop::~io_loop() {
  drop_lingering();
  while (auto* c = dirty_head_) {
    dirty_head_ = c->next_dirty_;
    intrusive_ptr_release(c);
  }
  for (auto* c : closed_) intrusive_ptr_release(c);
  asio_.reset();
}

boost::asio::io_context& io_loop::context() noexcept {
  return asio_->context;
}

void io_loop::begin_turn() {
  ++turn_;
  asleep_ = false;
  now_ = timer_wheel::clock::now();
  timers_.advance(now_);
}

const frame_ref& io_loop::ping_frame() {
  if (!ping_frame_ || ping_turn_ != turn_) {
    ping_frame_ = make_frame(ws_opcode::text, {"2"});
    ping_turn_ = turn_;
  }
  return ping_frame_;
}

bool io_loop::finish_turn() {
  report();
  if (budget_.current() == outbound_budget::level::full) relieve_budget();
  run_turn_end_tasks();
  flush();
  relay_->flush();
  sleep_until_due();
  return dirty_head_ || !closed_.empty() || !turn_end_tasks_.empty() || !turn_end_round_.empty();
}

void io_loop::close_idle_connections() {
  closes_idle_connections_ = true;
  for (auto* s = http_sessions_.front(); s;) {
    auto& current = *std::exchange(s, s->next());
    current.cut_if_idle();
  }
  relay_->edge().release_polls();
}

void io_loop::drop_lingering() {
  for (auto* c = watched_.front(); c;) {
    auto& current = *std::exchange(c, c->next());
    if (current.lingers()) current.cut();
  }
  while (auto* s = http_sessions_.front()) s->cut();
  polling_->drop_lingering();
  relay_->edge().cut_tunnels();
}

void io_loop::at_turn_end(turn_end_task& task) noexcept {
  if (!task.linked()) turn_end_tasks_.push_front(task);
}

// In rounds, so that none waits for ever when there are more than one turn takes.
void io_loop::run_turn_end_tasks() {
  if (turn_end_round_.empty()) turn_end_round_.swap(turn_end_tasks_);
  for (int n = 0; n < turn_end_tasks_per_turn && !turn_end_round_.empty(); ++n) {
    auto& task = *turn_end_round_.front();
    task.unlink();
    task.on_turn_end();
  }
}

void io_loop::mark_dirty(websocket_connection& c) {
  if (std::exchange(c.dirty_, true)) return;
  intrusive_ptr_add_ref(&c);
  c.next_dirty_ = nullptr;
  (dirty_tail_ ? dirty_tail_->next_dirty_ : dirty_head_) = &c;
  dirty_tail_ = &c;
}

void io_loop::report_closed(websocket_connection& c) {
  intrusive_ptr_add_ref(&c);
  closed_.push_back(&c);
}

void io_loop::watch(websocket_connection& c) {
  if (c.linked()) return;
  watched_.push_front(c);
  if (!sweep_timer_.armed()) timers_.arm(sweep_timer_, now(), sweep_period());
}

void io_loop::add(http_session& s) {
  http_sessions_.push_front(s);
}

bool io_loop::descriptor_opened() noexcept {
  if (!quota().take()) return false;
  counters_.descriptors.add();
  return true;
}

void io_loop::internal_descriptor_opened() noexcept {
  quota().take_anyway();
  counters_.descriptors.add();
}

void io_loop::descriptor_closed() noexcept {
  quota().give_back();
  counters_.descriptors.add(-1);
}

void io_loop::sweep(timer_node& node) {
  auto& loop = static_cast<sweep_timer&>(node).loop;
  for (auto* c = loop.watched_.front(); c;) std::exchange(c, c->next())->check();
  if (!loop.watched_.empty()) loop.timers_.arm(node, loop.now(), loop.sweep_period());
}

std::chrono::milliseconds io_loop::sweep_period() const noexcept {
  return std::clamp(std::min(options_.close_timeout, options_.max_queue_age) / 4, shortest_sweep,
                    longest_sweep);
}

// What handlers close meanwhile is reported in the next turn.
void io_loop::report() {
  if (closed_.empty()) return;
  const auto batch = std::exchange(closed_, {});
  for (auto* c : batch) {
    c->report();
    intrusive_ptr_release(c);
  }
}

// Closes blocked connections, those with the largest queues first, until the node has room.
void io_loop::relieve_budget() {
  std::vector<websocket_connection*> blocked;
  for (auto* c = watched_.front(); c; c = c->next())
    if (!c->writable() && c->queued_bytes() > 0) blocked.push_back(c);
  std::sort(blocked.begin(), blocked.end(),
            [](auto* a, auto* b) { return a->queued_bytes() > b->queued_bytes(); });
  for (auto* c : blocked) {
    if (budget_.current() != outbound_budget::level::full) return;
    counters_.overload_closed.add();
    c->close(close_reason::node_overloaded);
  }
  relieve_polling();
  relay_->edge().relieve_budget();
}

// The same for sessions whose client does not poll.
void io_loop::relieve_polling() {
  std::vector<polling_connection::ref> unread;
  for (auto* c = polling_->first_unread(); c; c = c->list_hook<polling_connection>::next())
    if (c->queued_bytes() > 0) unread.emplace_back(c);
  std::sort(unread.begin(), unread.end(),
            [](auto& a, auto& b) { return a->queued_bytes() > b->queued_bytes(); });
  for (auto& c : unread) {
    if (budget_.current() != outbound_budget::level::full) return;
    counters_.overload_closed.add();
    c->lingers() ? c->cut() : c->close(close_reason::node_overloaded);
  }
}

// An eighth more than needed, so that a flood does not search the list for each of its pieces.
void io_loop::bound_partials() {
  const auto max = options_.max_partial_bytes;
  if (partial_bytes_ <= max) return;
  std::vector<http_session*> bodies;  // newest first; cut before messages: they have a deadline
  for (auto* s = http_sessions_.front(); s; s = s->next())
    if (s->partial_bytes() > 0) bodies.push_back(s);
  while (!bodies.empty() && partial_bytes_ > max - max / 8) {
    counters_.overload_closed.add();
    bodies.back()->cut();
    bodies.pop_back();
  }
  std::vector<websocket_connection*> newest_first;
  for (auto* c = watched_.front(); c; c = c->next())
    if (c->partial_bytes() > 0) newest_first.push_back(c);
  while (!newest_first.empty() && partial_bytes_ > max - max / 8) {
    counters_.overload_closed.add();
    newest_first.back()->close(close_reason::node_overloaded);
    newest_first.pop_back();
  }
}

void io_loop::flush() {
  for (int n = 0; n < flushes_per_turn && dirty_head_; ++n) {
    websocket_connection::ref c(dirty_head_, false);
    dirty_head_ = c->next_dirty_;
    if (!dirty_head_) dirty_tail_ = nullptr;
    c->dirty_ = false;
    c->flush();
  }
}

void io_loop::sleep_until_due() {
  const auto due = timers_.next_due();
  // A timer that became later is left alone: it costs one early wake-up, not a call per turn.
  if (due >= asio_->armed_until) return;
  asio_->armed_until = due;
  asio_->timer.expires_at(due);
  asio_->timer.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) asio_->armed_until = timer_wheel::clock::time_point::max();
  });
}

}  // namespace pushmesh::net
