#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/redis/options.hpp"
#include "net/redis/reply.hpp"
#include "net/redis/reply_reader.hpp"
#include "net/transport/byte_stream.hpp"
#include "net/transport/timer_wheel.hpp"

namespace pushmesh::net::redis {

using reply_handler = std::function<void(redis_result)>;

/// What a connection tells its owner, from the loop.
class connection_events {
 public:
  /// A message of a subscription, as Redis sends it: ["pmessage", pattern, channel, payload].
  virtual void on_push(reply message) = 0;
  /// It is over; commands without an answer were told so before. Says why.
  virtual void on_closed(const std::string& why) = 0;

 protected:
  ~connection_events() = default;
};

/// One connection to Redis, from connected to closed: commands and their answers, in order, within
/// their time. Lives on its loop's thread; made by make_shared, because waits on the loop keep it.
class connection : public std::enable_shared_from_this<connection>, private timer_node {
 public:
  /// `options` must live as long.
  connection(io_loop& loop, const redis_options& options, std::unique_ptr<byte_stream> stream,
             connection_events& events);
  /// Begins to read. Once.
  void start();
  /// Sends a command. `done` is called once: with the answer, with why there is none, or at once
  /// when the bounds refuse it.
  void send(std::span<const std::string_view> words, reply_handler done);
  /// From now on messages of subscriptions are not taken for answers.
  void expect_pushes() noexcept { pushes_ = true; }
  /// Takes no more bytes, messages or answers in until resume(). Time does not count meanwhile.
  void pause();
  void resume();
  bool paused() const noexcept { return paused_; }
  bool is_open() const noexcept { return stream_->is_open(); }
  /// Commands that wait for their answer.
  std::size_t pending() const noexcept { return pending_.size(); }
  /// Ends it for a reason of the owner's: as if it had been lost.
  void close(const std::string& why);
  /// Ends it without a word to anybody: the owner goes.
  void abandon();

 private:
  struct pending_command {
    timer_wheel::clock::time_point deadline;
    reply_handler done;
  };
  static void on_late(timer_node& node);
  timer_wheel::clock::time_point due() const;
  void wait_for_bytes();
  void read();
  void take_replies();
  void take_more_soon();
  void take(reply r);
  bool is_push(const reply& r) const noexcept;
  void flush_soon();
  void flush();
  void arm();
  void end(redis_errc code, const std::string& why);

  io_loop& loop_;
  const redis_options& options_;
  std::unique_ptr<byte_stream> stream_;
  connection_events* events_;
  reply_reader reader_;
  std::string out_;  // not yet taken by the system
  std::deque<pending_command> pending_;
  timer_wheel::clock::time_point heard_{};  // when bytes came last
  bool pushes_ = false;
  bool paused_ = false;
  bool waits_readable_ = false;
  bool more_due_ = false;   // posted: replies that were read wait to be taken
  bool flush_due_ = false;  // posted, or the stream says when to go on
};

}  // namespace pushmesh::net::redis
