#include "net/redis/subscription.hpp"

#include <utility>

#include "net/transport/io_loop.hpp"

namespace pushmesh::net::redis {

subscription::deadline::deadline(subscription& s)
    : timer_node([](timer_node& n) {
        static_cast<deadline&>(n).owner.feed_.drop(
            "subscribed, but a message we published did not come back");
      }),
      owner(s) {}

subscription::subscription(io_loop& loop, const redis_url& where, const redis_options& options,
                           std::vector<std::string> patterns, std::string probe_channel,
                           subscription_events& events)
    : loop_(loop),
      options_(options),
      patterns_(std::move(patterns)),
      probe_channel_(std::move(probe_channel)),
      events_(events),
      feed_(loop, where, options, *this),
      talk_(loop, where, options, talker_) {}

void subscription::start() {
  feed_.start();
  talk_.start();
}

// Each pattern is a command of its own, so that each has one answer.
void subscription::on_ready() {
  confirmed_ = 0;
  feed_.expect_pushes();
  for (const auto& pattern : patterns_) {
    feed_.send({"PSUBSCRIBE", pattern}, [this](redis_result r) {
      if (r) {
        if (++confirmed_ == patterns_.size()) subscribed();
      } else if (r.error().code == redis_errc::refused) {
        feed_.drop(r.error().text);
      }
    });
  }
}

void subscription::subscribed() {
  subscribed_ = true;
  // As long as the other connection has for its own attempts.
  loop_.timers().arm(probe_deadline_, loop_.now(),
                     options_.connect_timeout + options_.command_timeout);
  probe();
}

void subscription::probe() {
  if (!subscribed_ || live_ || !talk_.ready()) return;
  const auto round = ++round_;
  const auto token = std::to_string(round);
  publish(probe_channel_, token, [this, round](redis_result r) {
    if (r || round != round_ || live_ || !subscribed_) return;
    // Without the right to publish there is no proof; that Redis confirmed has to do.
    if (r.error().code == redis_errc::refused) proven(r.error().text);
  });
}

void subscription::proven(const std::string& why_not) {
  probe_deadline_.cancel();
  live_ = true;
  events_.on_live(why_not);
}

void subscription::on_lost(const std::string& why) {
  probe_deadline_.cancel();
  subscribed_ = live_ = false;
  events_.on_down(why);
}

void subscription::on_push(reply message) {
  if (message.items.size() != 4) return;  // "message": nobody subscribed so
  const auto& channel = message.items[2].text;
  auto& text = message.items[3].text;
  if (channel == probe_channel_ && subscribed_ && !live_ && text == std::to_string(round_))
    return proven({});
  events_.on_message(channel, std::move(text));
}

}  // namespace pushmesh::net::redis
