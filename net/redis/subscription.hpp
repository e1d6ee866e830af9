#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/redis/client.hpp"

namespace pushmesh::net::redis {

/// What a subscription tells its owner, from the loop.
class subscription_events {
 public:
  /// Also what others, or publish(), put on the probe channel.
  virtual void on_message(std::string_view channel, std::string payload) = 0;
  /// Messages arrive from now on; `why_unproven` is empty, or says why that could not be tried.
  virtual void on_live(const std::string& why_unproven) = 0;
  /// Messages are being missed, or an attempt to change that failed. Repeated with each attempt.
  virtual void on_down(const std::string& why) = 0;

 protected:
  ~subscription_events() = default;
};

/// Patterns of channels, subscribed for ever: again after every loss of the connection. That it
/// works is proven each time by a message of our own that must come back on the probe channel,
/// which one of the patterns has to match. Two connections, because one that subscribes cannot
/// publish (RESP2). Lives on its loop's thread.
class subscription : private client_events {
 public:
  /// `loop`, `options` and `events` must live longer. The probe channel is for this subscription
  /// alone: other subscribers ignore what comes there.
  subscription(io_loop& loop, const redis_url& where, const redis_options& options,
               std::vector<std::string> patterns, std::string probe_channel,
               subscription_events& events);

  void start();
  bool live() const noexcept { return live_; }
  /// Stops taking messages in until resume(): they wait in Redis, which drops us when they become
  /// too many (client-output-buffer-limit pubsub).
  void pause() { feed_.pause(); }
  void resume() { feed_.resume(); }
  /// Publishes, on the second connection.
  void publish(std::string_view channel, std::string_view payload, reply_handler done) {
    talk_.send({"PUBLISH", channel, payload}, std::move(done));
  }
  /// Ends the connection for a reason of the owner's: on_down() and the next one follow.
  void restart(const std::string& why) { feed_.drop(why); }
  /// Connections made for messages so far.
  std::uint64_t connects() const noexcept { return feed_.connects(); }

 private:
  /// The second connection's part of client_events.
  class talker final : public client_events {
   public:
    explicit talker(subscription& s) : owner_(s) {}
    void on_ready() override { owner_.probe(); }
    void on_lost(const std::string&) override {}
    void on_push(reply) override {}

   private:
    subscription& owner_;
  };
  struct deadline final : timer_node {
    explicit deadline(subscription& s);
    subscription& owner;
  };
  void on_ready() override;
  void on_lost(const std::string& why) override;
  void on_push(reply message) override;
  void subscribed();
  void probe();
  void proven(const std::string& why_not);

  io_loop& loop_;
  const redis_options& options_;
  std::vector<std::string> patterns_;
  std::string probe_channel_;
  subscription_events& events_;
  talker talker_{*this};
  deadline probe_deadline_{*this};
  std::uint64_t round_ = 0;    // of probing: what is late from the one before does not count
  std::size_t confirmed_ = 0;  // patterns
  bool subscribed_ = false;
  bool live_ = false;
  client feed_;
  client talk_;
};

}  // namespace pushmesh::net::redis
