#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "net/transport/polling_connection.hpp"
#include "net/transport/session_request.hpp"
#include "net/transport/session_table.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::net {

/// What one loop knows of long-polling: its sessions by id, and the HTTP requests on its
/// connections that wait for an answer. Belongs to the loop's thread.
class polling_hub {
 public:
  /// Who waits for the answer to an HTTP request.
  class waiter {
   public:
    virtual void on_answer(polling_answer answer) = 0;

   protected:
    ~waiter() = default;
  };

  polling_hub(io_loop& loop, connection_quota& sessions) noexcept
      : loop_(loop), sessions_(sessions) {}

  session_table& sessions() noexcept { return sessions_; }
  /// A request for a session of this loop.
  void take(session_request request);

  /// A number under which `w` gets its answer, unless it says forget() before.
  exchange_id expect(waiter& w);
  void forget(exchange_id id) noexcept { waiting_.erase(id.number); }
  /// Answers an exchange of this loop; nothing when nobody waits for it any more.
  void answer(exchange_id id, polling_answer answer);

  /// Has the connection looked at when the outbound budget is used up.
  void mark_unread(polling_connection& c) noexcept { unread_.push_front(c); }
  polling_connection* first_unread() const noexcept { return unread_.front(); }
  /// Logs that a client of protocol 3 was refused, at most once a minute.
  void tell_of_refused_eio3();
  /// End of shutdown: forgets the sessions that wait for their last poll.
  void drop_lingering();

 private:
  io_loop& loop_;
  session_table sessions_;
  std::unordered_map<std::uint64_t, waiter*> waiting_;
  intrusive_list<polling_connection> unread_;
  std::uint64_t exchanges_ = 0;
  timer_wheel::clock::time_point silent_until_{};  // about refused clients
};

/// The answer to a request whose session has ended because the node stops: its client hears that
/// from a poll, not from an error; what it posts is lost, a WebSocket is accepted and closed.
void tell_of_the_end(io_loop& loop, session_request request);

/// Answers an exchange of any loop of the node.
void answer(io_loop& here, exchange_id id, polling_answer answer);
/// The same from any thread.
void post_answer(exchange_id id, polling_answer answer);

}  // namespace pushmesh::net
