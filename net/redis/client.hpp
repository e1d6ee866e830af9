#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/backoff.hpp"
#include "net/redis/connection.hpp"
#include "net/redis/dialler.hpp"
#include "net/redis/options.hpp"
#include "net/redis/redis_url.hpp"

namespace pushmesh::net::redis {

/// What a client tells its owner, from the loop.
class client_events {
 public:
  /// Connected, logged in, the database selected. Commands may be sent.
  virtual void on_ready() = 0;
  /// There is no connection any more, or an attempt failed; the next one follows by itself.
  virtual void on_lost(const std::string& why) = 0;
  /// A message of a subscription (client::expect_pushes).
  virtual void on_push(reply message) = 0;

 protected:
  ~client_events() = default;
};

/// Keeps a connection to Redis: dials, logs in, notices when nothing comes back, dials again with
/// backoff and jitter, for ever. Commands are never kept for later: without a connection they are
/// refused at once, so nothing is done twice or much too late. Lives on its loop's thread.
class client : private connection_events {
 public:
  /// `loop`, `options` and `events` must live longer.
  client(io_loop& loop, redis_url where, const redis_options& options, client_events& events);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void start();
  bool ready() const noexcept { return state_ == state::ready; }
  /// Sends a command once ready(). `done` is called once, perhaps before this returns.
  void send(std::initializer_list<std::string_view> words, reply_handler done);
  /// This connection will subscribe. Each time after on_ready().
  void expect_pushes();
  /// See connection.
  void pause();
  void resume();
  /// Ends the connection for a reason; the next attempt follows as after any loss.
  void drop(const std::string& why);

  /// Times it became ready.
  std::uint64_t connects() const noexcept { return connects_; }

 private:
  enum class state : std::uint8_t { idle, dialling, greeting, ready, waiting };
  struct timer final : timer_node {
    timer(client& c, callback on_due) : timer_node(on_due), owner(c) {}
    client& owner;
  };
  void dial();
  void greet();
  reply_handler greeted(bool last);
  void on_push(reply message) override;
  void on_closed(const std::string& why) override;
  void lost(const std::string& why);
  void ask_for_life();

  io_loop& loop_;
  redis_url where_;
  const redis_options& options_;
  client_events& events_;
  backoff waits_;
  std::shared_ptr<connection> connection_;
  std::optional<dialler> dialler_;
  timer retry_;
  timer life_;
  std::uint64_t connects_ = 0;
  std::uint64_t random_;
  state state_ = state::idle;
};

}  // namespace pushmesh::net::redis
