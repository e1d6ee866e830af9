#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "net/protocol/close_reason.hpp"
#include "net/protocol/engineio_payload.hpp"
#include "net/protocol/engineio_request.hpp"
#include "net/protocol/websocket_frame.hpp"
#include "net/transport/intrusive_list.hpp"
#include "net/transport/outbound_queue.hpp"
#include "net/transport/session_request.hpp"
#include "net/transport/session_table.hpp"
#include "net/transport/timer_wheel.hpp"
#include "net/transport/turn_end_task.hpp"

namespace pushmesh::net {

class io_loop;

/// What a polling_connection tells the session above it, never from inside a call of its own.
class polling_handler {
 public:
  /// One packet of a POST, with its type digit.
  virtual void on_poll_text(std::string_view packet) = 0;
  virtual void on_poll_binary(std::string_view bytes) = 0;
  /// No poll was held, and now one is.
  virtual void on_poll_writable() = 0;
  virtual void on_upgrade_request(session_upgrade request) = 0;
  /// Last call.
  virtual void on_poll_closed(close_reason reason) = 0;

 protected:
  ~polling_handler() = default;
};

/// The transport of a session that polls (HTTP long-polling, Engine.IO protocols 3 and 4): holds
/// one GET until there is something to send, takes packets out of POSTs. Knows requests by the
/// numbers of their exchanges only: their connections may live on any loop, even any node. Kept
/// alive by its session; when that lets go of it, it waits for the poll that takes its last
/// packets.
class polling_connection final : public turn_end_task,
                                 public list_hook<polling_connection>,
                                 private timer_node {
 public:
  using ref = boost::intrusive_ptr<polling_connection>;

  /// `handshake` is answered as the first poll.
  polling_connection(io_loop& loop, const session_key& sid, const engineio_request& wanted,
                     exchange_id handshake);
  polling_connection(const polling_connection&) = delete;

  io_loop& loop() const noexcept { return loop_; }
  void attach(polling_handler& h) noexcept { handler_ = &h; }
  bool attached() const noexcept { return handler_ != nullptr; }
  /// No further calls to the handler.
  void detach() noexcept { handler_ = nullptr; }

  /// Queues a message; bounds and policies apply. Dropped unless open.
  void send(frame_ref f);
  /// Queues a packet of the protocols themselves, whatever the queue holds.
  void send_control(frame_ref f);
  /// What is queued goes with the next poll, a close packet with the one after it, the last one.
  /// on_poll_closed follows from the loop.
  void close(close_reason reason);
  /// A poll is held: what is sent now goes out with this turn.
  bool writable() const noexcept { return state_ == state::open && get_; }
  std::size_t queued_bytes() const noexcept { return queue_.bytes(); }

  /// A request for this session.
  void take(session_request request);
  /// Answers a held poll that has nothing to wait for, so that its client can stop polling.
  void release_poll();
  /// A WebSocket takes over: hands each queued frame to `next(frame_ref)`, releases a held poll.
  /// Returns the place of the session; nothing else may be called afterwards.
  template <class Next>
  session_table::place hand_over(Next&& next) {
    while (!queue_.empty()) next(queue_.pop());
    return leave();
  }

  // Called by the loop.

  void on_turn_end() override;
  /// Its session is closed, its last packets wait for a poll.
  bool lingers() const noexcept { return state_ == state::closing; }
  /// Forgets the session without further ado.
  void cut() { fail(reason_); }

 private:
  enum class state : std::uint8_t { open, closing, closed };
  friend void intrusive_ptr_add_ref(polling_connection* c) noexcept { ++c->references_; }
  friend void intrusive_ptr_release(polling_connection* c) noexcept {
    if (--c->references_ == 0) delete c;
  }
  ~polling_connection() = default;

  static void on_timer(timer_node& node);
  void take_polling(polling_request request);
  void take_get(exchange_id from);
  void take_post(polling_request request);
  bool read(const polling_request& post);
  void lose(exchange_id gone);
  bool admit(const frame& f);
  void wait_for_poll();
  void answer_poll();
  payload_form form_of_answer() const noexcept;
  session_table::place leave();
  void begin_close(close_reason reason);
  void fail(close_reason reason);
  void end(close_reason reason);
  void report();

  io_loop& loop_;
  polling_handler* handler_ = nullptr;
  session_table::place place_;
  outbound_queue queue_;
  exchange_id get_;      // the held poll
  exchange_id post_;     // a POST that is being read
  ref while_lingering_;  // itself
  std::uint32_t references_ = 0;
  std::uint32_t answered_in_turn_ = 0;
  std::uint8_t version_;
  state state_ = state::open;
  close_reason reason_ = close_reason::none;
  bool base64_only_;            // the client cannot read binary bodies
  bool owes_writable_ = false;  // the handler does not yet know that a poll is held again
  bool owes_report_ = false;
  bool goodbye_due_ = false;  // closing: a close packet follows what is queued
};

}  // namespace pushmesh::net
