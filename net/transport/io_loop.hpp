#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "net/protocol/engineio_request.hpp"
#include "net/protocol/websocket_frame.hpp"
#include "net/transport/connection.hpp"
#include "net/transport/connection_quota.hpp"
#include "net/transport/counters.hpp"
#include "net/transport/handshake.hpp"
#include "net/transport/intrusive_list.hpp"
#include "net/transport/loop_task.hpp"
#include "net/transport/options.hpp"
#include "net/transport/outbound_budget.hpp"
#include "net/transport/rate_limit.hpp"
#include "net/transport/relay/session_home.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/turn_end_task.hpp"

namespace boost::asio {
class io_context;
}

namespace pushmesh::net {

class address_limits;
class http_session;
class polling_hub;
class session_relay;
class websocket_connection;

/// What a loop asks of the floor above. All but `post` are called on the loop's thread.
struct loop_hooks {
  /// A fresh Engine.IO session id.
  std::function<std::array<char, 20>()> new_session_id;
  /// Takes ownership of a freshly opened session; returns the handler that will get its calls. The
  /// session may be used at once; it may even be closed or destroyed before the return.
  std::function<connection_handler&(std::unique_ptr<connection>, std::string_view sid, handshake&&,
                                    const engineio_request&)>
      on_session;
  /// Something an operator should know, a sentence. May be empty.
  std::function<void(std::string_view)> log;
  /// Bounds the client descriptors of the node; null: this loop alone, by max_connections.
  connection_quota* quota = nullptr;
  /// Bounds the sessions of the node that began with polling; null: this loop alone, by
  /// max_connections.
  connection_quota* sessions = nullptr;
  /// Bounds the new connections per second of the node, by max_connect_rate; null: no bound.
  rate_limit* connects = nullptr;
  /// Bounds the connections of each client address; null: no bound.
  address_limits* addresses = nullptr;
  /// The loop of this node that an Engine.IO session id names; null for an id of other nodes.
  /// Empty: there is only this loop.
  std::function<io_loop*(std::string_view sid)> home_of_session{};
  /// Runs the task on this loop, in the order of the calls of one thread; called from any thread.
  /// The task is destroyed when the loop takes no more.
  std::function<void(std::unique_ptr<loop_task>)> post{};
  /// Where the session with an id of another node lives. Empty: there are no other nodes.
  std::function<session_home(std::string_view sid)> remote_home{};
  /// Number of this loop among those of the node, below 4096.
  std::uint16_t index = 0;
};

/// One I/O thread's event loop: the io_context, the timers, the one read buffer, and the flush of
/// all connections that have something to write. Whoever owns it calls, for ever: begin_turn(),
/// some run_one() or poll_one() of context() (may_sleep() before one that may block),
/// finish_turn(). Everything here belongs to that thread. Its connections (sessions) must be
/// destroyed before it.
class io_loop {
 public:
  io_loop(const transport_options& options, outbound_budget& budget, loop_hooks hooks);
  ~io_loop();
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;

  boost::asio::io_context& context() noexcept;
  timer_wheel& timers() noexcept { return timers_; }
  const timer_wheel& timers() const noexcept { return timers_; }
  /// Cached time of this turn; after a sleep, of the waking.
  timer_wheel::clock::time_point now() const noexcept {
    if (asleep_) {
      now_ = timer_wheel::clock::now();
      asleep_ = false;
    }
    return now_;
  }
  /// The caller may block now: the handler that wakes it must not see the time before the sleep,
  /// or every timer it arms would be early by that much.
  void may_sleep() noexcept { asleep_ = true; }
  /// Refreshes now() and runs what is due.
  void begin_turn();
  /// Reports closes (on_closed), enforces the budget, writes up to 256 dirty connections round
  /// robin and sees to it that the context wakes for the next timer. True while work is left: the
  /// caller must not block then.
  bool finish_turn();
  /// The one buffer all reads of this loop go to; its content is gone with the next read.
  std::span<char> read_buffer() noexcept { return {read_buffer_.get(), read_buffer_size}; }
  const transport_options& options() const noexcept { return options_; }
  transport_counters& counters() noexcept { return counters_; }
  /// Client descriptors: connections, HTTP sessions and lingering closes.
  std::size_t open_descriptors() const noexcept {
    return static_cast<std::size_t>(counters_.descriptors.get());
  }
  /// The node is about to stop: HTTP connections without a request under way are closed, others
  /// after their answer, and polls of sessions on other nodes are answered.
  void close_idle_connections();
  bool closes_idle_connections() const noexcept { return closes_idle_connections_; }
  /// End of shutdown: closes every descriptor that still lingers or is still in HTTP.
  void drop_lingering();

  // For what lives on the loop.

  const loop_hooks& hooks() const noexcept { return hooks_; }
  outbound_budget& budget() noexcept { return budget_; }
  /// Changes with every begin_turn().
  std::uint32_t turn() const noexcept { return turn_; }
  /// The Engine.IO ping that all connections share which are due in this turn. One for ever would
  /// look like a message that has waited since the start (outbound_queue::oldest).
  const frame_ref& ping_frame();
  /// Has the connection flushed in finish_turn(); kept alive until then.
  void mark_dirty(websocket_connection& c);
  /// Has its close reported in finish_turn().
  void report_closed(websocket_connection& c);
  /// Has it checked from time to time: blocked ones for their age, closing ones for their end.
  /// Those with a partial message are there to be found, in the order in which it began.
  void watch(websocket_connection& c);
  /// A connection holds `after` bytes of a partial message instead of `before`.
  void charge_partial(std::size_t before, std::size_t after) noexcept {
    partial_bytes_ += after - before;
  }
  /// Closes connections with partial messages while all of them together hold too much: first those
  /// with a polling request's body, then WebSockets; of each those that began first.
  void bound_partials();
  std::size_t partial_bytes() const noexcept { return partial_bytes_; }
  void add(http_session& s);
  /// Has the task called in finish_turn(), unless it is destroyed or unlinked before.
  void at_turn_end(turn_end_task& task) noexcept;
  /// The sessions that poll, and the requests that wait.
  polling_hub& polling() noexcept { return *polling_; }
  /// The clients whose sessions live on other nodes, and the sessions whose clients are there.
  session_relay& relay() noexcept { return *relay_; }
  /// Runs the task on this loop; called from any thread, see loop_hooks::post.
  void post(std::unique_ptr<loop_task> task) const { hooks_.post(std::move(task)); }
  /// Counts a descriptor that comes from another loop.
  void descriptor_arrived() noexcept { internal_descriptor_opened(); }
  /// Counts a new client descriptor; false when no more are allowed.
  bool descriptor_opened() noexcept;
  /// Counts one that no limit of connections may keep out: health checks, metrics.
  void internal_descriptor_opened() noexcept;
  void descriptor_closed() noexcept;
  void log(std::string_view sentence) const {
    if (hooks_.log) hooks_.log(sentence);
  }

 private:
  static constexpr std::size_t read_buffer_size = 64 * 1024;
  struct asio_part;
  struct sweep_timer final : timer_node {
    explicit sweep_timer(io_loop& l) : timer_node(&io_loop::sweep), loop(l) {}
    io_loop& loop;
  };
  static void sweep(timer_node& node);
  std::chrono::milliseconds sweep_period() const noexcept;
  connection_quota& quota() noexcept { return hooks_.quota ? *hooks_.quota : own_quota_; }
  void report();
  void relieve_budget();
  void relieve_polling();
  void run_turn_end_tasks();
  void flush();
  void sleep_until_due();

  const transport_options& options_;
  outbound_budget& budget_;
  loop_hooks hooks_;
  transport_counters counters_;
  connection_quota own_quota_;
  connection_quota own_sessions_;
  mutable timer_wheel::clock::time_point now_;
  mutable bool asleep_ = false;
  timer_wheel timers_;
  sweep_timer sweep_timer_{*this};
  std::unique_ptr<char[]> read_buffer_;
  frame_ref ping_frame_;
  std::uint32_t ping_turn_ = 0;  // when it was made
  std::uint32_t turn_ = 0;
  bool closes_idle_connections_ = false;
  std::size_t partial_bytes_ = 0;               // of all connections, closing ones included
  websocket_connection* dirty_head_ = nullptr;  // oldest first; each holds a reference
  websocket_connection* dirty_tail_ = nullptr;
  std::vector<websocket_connection*> closed_;  // each holds a reference
  intrusive_list<websocket_connection> watched_;
  intrusive_list<http_session> http_sessions_;
  intrusive_list<turn_end_task> turn_end_tasks_;  // asked for since the last round began
  intrusive_list<turn_end_task> turn_end_round_;  // of this round
  std::unique_ptr<polling_hub> polling_;
  std::unique_ptr<session_relay> relay_;
  std::unique_ptr<asio_part> asio_;  // last: its end releases handlers that use all of the above
};

}  // namespace pushmesh::net
